package gocmd_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorun-dev/gorun/internal/gocmd"
	"github.com/gorun-dev/gorun/internal/procgroup"
	"github.com/gorun-dev/gorun/internal/self"
)

func TestMain(m *testing.M) {
	if status, ok := self.Play(os.Args, procgroup.Roles...); ok {
		os.Exit(status)
	}
	os.Exit(m.Run())
}

func goCommand(t *testing.T) string {
	t.Helper()
	path, err := gocmd.Find(os.Environ())
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRunCaptures(t *testing.T) {
	dir := t.TempDir()
	r, err := gocmd.Invocation{
		Go: goCommand(t), Args: []string{"env", "GOVERSION", "GOMOD"}, Dir: dir, Env: append(os.Environ(), "PWD="+dir),
	}.Run(t.Context())
	if err != nil || r.Status != 0 {
		t.Fatalf("status %d, error %v, said %q", r.Status, err, r.Stderr)
	}
	if lines := strings.Fields(string(r.Stdout)); len(lines) == 0 || !strings.HasPrefix(lines[0], "go") {
		t.Errorf("go env printed %q", r.Stdout)
	}
}

func TestRunReportsStatusAndWords(t *testing.T) {
	for _, combined := range []bool{false, true} {
		r, err := gocmd.Invocation{
			Go: goCommand(t), Args: []string{"nosuchcommand"}, Env: os.Environ(), Combined: combined,
		}.Run(t.Context())
		if err != nil || r.Status != 2 || !strings.Contains(string(r.Stderr), "unknown command") {
			t.Errorf("combined=%v: status %d, error %v, said %q", combined, r.Status, err, r.Stderr)
		}
	}
}

// TestCancelInterrupts cancels a go command that would run for an hour, and
// shows that neither it nor what it started is waited for.
func TestCancelInterrupts(t *testing.T) {
	dir := t.TempDir()
	started := filepath.Join(dir, "started")
	src := `package main

import (
	"os"
	"time"
)

func main() {
	os.WriteFile(os.Args[1], nil, 0o666)
	time.Sleep(time.Hour)
}
`
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(src), 0o666); err != nil {
		t.Fatal(err)
	}
	why := errors.New("changed my mind")
	ctx, cancel := context.WithCancelCause(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := gocmd.Invocation{
			Go: goCommand(t), Args: []string{"run", "main.go", started}, Dir: dir, Env: os.Environ(),
		}.Run(ctx)
		done <- err
	}()
	for deadline := time.Now().Add(time.Minute); ; {
		if _, err := os.Stat(started); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the program never started")
		}
		time.Sleep(5 * time.Millisecond)
	}
	cancel(why)
	select {
	case err := <-done:
		if !errors.Is(err, why) {
			t.Errorf("error %v, want the context's cause", err)
		}
	case <-time.After(time.Minute):
		t.Fatal("a cancelled go command runs on")
	}
}

func TestFind(t *testing.T) {
	root := filepath.Dir(filepath.Dir(goCommand(t)))
	got, err := gocmd.Find([]string{"PATH=", "GOROOT=" + root})
	if err != nil || got != filepath.Join(root, "bin", filepath.Base(got)) {
		t.Errorf("with PATH empty: %q, %v", got, err)
	}
	if got, err := gocmd.Find([]string{"PATH=" + t.TempDir()}); err == nil {
		t.Errorf("found %q where there is none", got)
	}
	if got, err := gocmd.Find([]string{"PATH=."}); err == nil {
		t.Errorf("found %q in the current directory", got)
	}
}

func TestEnv(t *testing.T) {
	env, err := gocmd.Env(t.Context(), goCommand(t), "", os.Environ())
	if err != nil || env["GOROOT"] == "" {
		t.Errorf("GOROOT is %q, error %v", env["GOROOT"], err)
	}
	_, err = gocmd.Env(t.Context(), goCommand(t), "", append(os.Environ(), "GOTOOLCHAIN=nonsense"))
	var failure *gocmd.Failure
	if !errors.As(err, &failure) || !strings.Contains(err.Error(), "nonsense") {
		t.Errorf("no such toolchain: %v", err)
	}
}
