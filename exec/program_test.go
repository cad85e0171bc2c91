//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package exec

import (
	"errors"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/gorun-dev/gorun/internal/startfailure"
)

func start(t *testing.T, script string, spec Spec) *Program {
	t.Helper()
	spec.Path, spec.Args = "/bin/sh", []string{"sh", "-c", script}
	p, err := Start(spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Kill()
		within(t, p.Done(), "a kill")
	})
	return p
}

func TestProgram(t *testing.T) {
	for _, tt := range []struct {
		script string
		status int
		words  string
	}{
		{"exit 0", 0, "exit status 0"},
		{"exit 3", 3, "exit status 3"},
		{"exit 255", 255, "exit status 255"},
		{"kill -KILL $$", 137, "killed by SIGKILL"},
		{"kill -TERM $$", 143, "killed by SIGTERM"},
	} {
		p := start(t, tt.script, Spec{})
		within(t, p.Done(), tt.script)
		if got := p.Outcome(); got.ExitStatus() != tt.status || got.String() != tt.words {
			t.Errorf("%s: %d, %v", tt.script, got.ExitStatus(), got)
		}
		if err := p.Signal(syscall.SIGTERM); !errors.Is(err, os.ErrProcessDone) {
			t.Errorf("%s: signal after the end: %v", tt.script, err)
		}
	}
}

func TestStartError(t *testing.T) {
	_, err := Start(Spec{Path: t.TempDir() + "/nowhere"})
	var e *StartError
	if !errors.As(err, &e) || e.Reason != startfailure.Missing {
		t.Errorf("error %v", err)
	}
	err = Become(Spec{Path: t.TempDir() + "/nowhere", Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr})
	if !errors.As(err, &e) {
		t.Errorf("error %v", err)
	}
}

func TestStopUsesSignalAndGrace(t *testing.T) {
	out, lines := listen(t)
	p := start(t, `trap 'echo two; exit 2' USR2; echo ready; while :; do sleep 0.01; done`,
		Spec{Stdout: out, Signal: syscall.SIGUSR2, Grace: time.Hour})
	out.Close()
	lines.expect("ready")
	p.Stop()
	within(t, p.Done(), "stop")
	lines.end()
	if p.Outcome().Code != 2 {
		t.Errorf("%v; lines %q", p.Outcome(), lines.seen)
	}
	p = start(t, `trap '' TERM; while :; do sleep 0.01; done`, Spec{Grace: 50 * time.Millisecond})
	p.Stop()
	within(t, p.Done(), "stop")
	if got := p.Outcome().ExitStatus(); got != 137 && got != 143 { // 143 before the trap is set
		t.Errorf("%v", p.Outcome())
	}
}
