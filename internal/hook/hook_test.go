//go:build unix

package hook

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gorun-dev/gorun/internal/procgroup"
	"github.com/gorun-dev/gorun/internal/self"
	"github.com/gorun-dev/gorun/internal/startfailure"
)

func TestMain(m *testing.M) {
	if status, ok := self.Play(os.Args, procgroup.Roles...); ok {
		os.Exit(status)
	}
	os.Exit(m.Run())
}

// output collects what a command prints.
type output struct {
	mu     sync.Mutex
	text   strings.Builder
	closed bool
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) Close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	return nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// patience is for what must happen, and always does unless the test fails.
const patience = 20 * time.Second

func (o *output) await(t *testing.T, text string) {
	t.Helper()
	for end := time.Now().Add(patience); !strings.Contains(o.String(), text); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no %q in %q", text, o.String())
		}
	}
}

func start(timeout time.Duration, script string) (*Run, *output) {
	o := &output{}
	return Start(Command{
		Path: "/bin/sh", Args: []string{"sh", "-c", script}, Dir: os.TempDir(),
		Env:     []string{"A=b", "PATH=" + os.Getenv("PATH")},
		Timeout: timeout, Output: o,
	}), o
}

func over(t *testing.T, r *Run) {
	t.Helper()
	select {
	case <-r.Done():
	case <-time.After(patience):
		t.Fatal("the command goes on")
	}
}

func TestRuns(t *testing.T) {
	r, o := start(patience, `echo $A; echo err >&2; cat; printf end`)
	over(t, r)
	if r.Err() != nil || r.Status() != 0 || o.String() != "b\nerr\nend" || !o.closed {
		t.Errorf("%v, status %d, output %q, closed %v", r.Err(), r.Status(), o.String(), o.closed)
	}
}

func TestFails(t *testing.T) {
	r, _ := start(patience, `exit 3`)
	over(t, r)
	if r.Err() == nil || r.Err().Error() != "exit status 3" || r.Status() != 3 {
		t.Errorf("%v, status %d", r.Err(), r.Status())
	}
}

func TestNotStarted(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	o := &output{}
	r := Start(Command{Path: missing, Args: []string{missing}, Timeout: patience, Output: o})
	over(t, r)
	var e *startfailure.Error
	if !errors.As(r.Err(), &e) || r.Status() != 127 || !o.closed {
		t.Errorf("%v, status %d", r.Err(), r.Status())
	}
}

// What a command has started, and detached, dies with it: at the timeout, when it
// is cancelled, and when it ends by itself.
func TestNothingIsLeft(t *testing.T) {
	const detached = `sh -c 'trap "" TERM; echo started $$; sleep 1000 & wait' & `
	for _, tt := range []struct {
		name    string
		timeout time.Duration
		rest    string
		act     func(r *Run)
		want    string
		status  int
	}{
		{"timeout", time.Second, "wait", func(*Run) {}, "not done in 1s, killed", 128 + int(syscall.SIGKILL)},
		{"cancel", patience, "wait", (*Run).Cancel, context.Canceled.Error(), 128 + int(syscall.SIGTERM)},
		{"end", patience, "sleep 0.2; exit 0", func(*Run) {}, "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, o := start(tt.timeout, detached+tt.rest)
			o.await(t, "started")
			tt.act(r)
			over(t, r)
			got := ""
			if r.Err() != nil {
				got = r.Err().Error()
			}
			if got != tt.want || r.Status() != tt.status {
				t.Errorf("%q, status %d; want %q, %d", got, r.Status(), tt.want, tt.status)
			}
			pid := 0
			for field := range strings.FieldsSeq(o.String()) {
				for _, c := range field {
					if c >= '0' && c <= '9' {
						pid = pid*10 + int(c-'0')
					}
				}
			}
			if pid == 0 || syscall.Kill(pid, 0) == nil {
				t.Errorf("process %d lives on", pid)
			}
		})
	}
}

func TestAfter(t *testing.T) {
	first, o := start(patience, `echo started; read x`)
	_ = o
	after := func() (*Run, *output) {
		o := &output{}
		return Start(Command{Path: "/bin/sh", Args: []string{"sh", "-c", "echo second"}, Timeout: patience, Output: o,
			After: []<-chan struct{}{first.Done()}}), o
	}
	cancelled, none := after()
	cancelled.Cancel()
	over(t, cancelled)
	if !errors.Is(cancelled.Err(), context.Canceled) || none.String() != "" || !none.closed {
		t.Errorf("cancelled before its turn: %v, output %q, closed %v", cancelled.Err(), none.String(), none.closed)
	}
	next, o2 := after()
	over(t, next)
	if !isClosed(first.Done()) || o2.String() != "second\n" || next.Err() != nil {
		t.Errorf("%v, output %q", next.Err(), o2.String())
	}
}

func TestFailed(t *testing.T) {
	r := Failed(errors.New("no"))
	r.Cancel()
	over(t, r)
	if r.Err().Error() != "no" || r.Status() != 127 {
		t.Errorf("%v, status %d", r.Err(), r.Status())
	}
}
