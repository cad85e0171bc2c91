//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package exec

import (
	"bufio"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gorun-dev/gorun/internal/procgroup"
	"github.com/gorun-dev/gorun/internal/self"
)

// helpers are the programs of the tests: the test binary started as
// "test helper NAME ARGS...". Each returns its exit status.
var helpers = map[string]func(args []string) int{}

func TestMain(m *testing.M) {
	if status, ok := self.Play(os.Args, procgroup.Roles...); ok {
		os.Exit(status)
	}
	if len(os.Args) > 2 && os.Args[1] == "helper" {
		os.Exit(helpers[os.Args[2]](os.Args[3:]))
	}
	os.Setenv("GORACE", "atexit_sleep_ms=0") // or each helper waits for a second at its end
	os.Exit(m.Run())
}

// helper is the argv of a helper.
func helper(t testing.TB, name string, args ...string) []string {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return append([]string{self, "helper", name}, args...)
}

// patience is for what must happen, and always does unless the test fails.
const patience = 20 * time.Second

func within[T any](t testing.TB, c <-chan T, what string) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(patience):
		t.Fatalf("%s: still waiting after %v", what, patience)
	}
}

// eventually waits until f is true.
func eventually(t testing.TB, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !f(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: still not after %v", what, patience)
		}
	}
}

// A listener reads lines until the last holder of the other end is gone.
type listener struct {
	t     testing.TB
	lines chan string // closed at the end of file
	seen  []string    // all lines that were taken
}

func listenTo(t testing.TB, r io.Reader) *listener {
	l := &listener{t: t, lines: make(chan string, 1000)}
	go func() {
		defer close(l.lines)
		for s := bufio.NewScanner(r); s.Scan(); {
			line := strings.TrimRight(s.Text(), "\r")
			for _, echo := range []string{"^C", "^Z", "^\\"} {
				line = strings.TrimPrefix(line, echo)
			}
			l.lines <- line
		}
	}()
	return l
}

func listen(t testing.TB) (*os.File, *listener) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return w, listenTo(t, r)
}

// expect waits for lines, in any order, and skips others.
func (l *listener) expect(want ...string) {
	l.t.Helper()
	missing := make(map[string]bool)
	for _, w := range want {
		missing[w] = true
	}
	for end := time.After(patience); len(missing) > 0; {
		select {
		case s, ok := <-l.lines:
			if !ok {
				l.t.Fatalf("end of file before %q; lines: %q", want, l.seen)
			}
			l.seen = append(l.seen, s)
			delete(missing, s)
		case <-end:
			l.t.Fatalf("not all of %q in %v; lines: %q", want, patience, l.seen)
		}
	}
}

// count is how often a line was seen.
func (l *listener) count(want string) (n int) {
	for _, s := range l.seen {
		if s == want {
			n++
		}
	}
	return n
}

// end waits until nobody holds the other end.
func (l *listener) end() {
	l.t.Helper()
	for end := time.After(patience); ; {
		select {
		case s, ok := <-l.lines:
			if !ok {
				return
			}
			l.seen = append(l.seen, s)
		case <-end:
			l.t.Fatalf("somebody still holds the pipe after %v; lines: %q", patience, l.seen)
		}
	}
}
