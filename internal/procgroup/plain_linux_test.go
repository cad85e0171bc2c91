package procgroup

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func init() {
	// plain starts its arguments without a keeper and stays until somebody kills it.
	helpers["plain"] = func(args []string) int {
		g, err := Start(Spec{Path: args[0], Args: args, Stdout: os.Stdout, Plain: true, Signal: syscall.SIGINT})
		if err != nil {
			fmt.Println(err)
			return 1
		}
		<-g.Done()
		return g.Outcome().ExitStatus()
	}
}

func TestPlain(t *testing.T) {
	out, lines := listen(t)
	dir := t.TempDir()
	g := run(t, sh("readlink /proc/$PPID/exe; readlink /proc/self/fd/0; pwd; echo $V; exit 3"),
		Spec{Plain: true, Stdout: out, Dir: dir, Env: append(os.Environ(), "V=v", "PWD="+dir)})
	out.Close()
	within(t, g.Done(), "the end")
	got, want := lines.end(), []string{testBinary(t), os.DevNull, dir, "v"}
	if !slices.Equal(got, want) {
		t.Errorf("parent, standard input, directory and environment: %q, want %q", got, want)
	}
	if got := g.Outcome(); got != (Outcome{Code: 3}) {
		t.Errorf("outcome %+v", got)
	}
	if g := run(t, sh("kill -TERM $$"), Spec{Plain: true}); g.Outcome() != (Outcome{Signal: syscall.SIGTERM}) {
		t.Errorf("outcome %+v", g.Outcome())
	}
	_, err := Start(Spec{Plain: true, Path: dir + "/nothing"})
	if err == nil || !strings.Contains(err.Error(), "nothing") {
		t.Errorf("a program that is not there: %v", err)
	}
}

// TestPlainStop: the signal, then the grace.
func TestPlainStop(t *testing.T) {
	out, lines := listen(t)
	g := run(t, sh(`trap "exit 5" INT; echo ready; while :; do sleep 0.01; done`),
		Spec{Plain: true, Stdout: out, Signal: syscall.SIGINT, Grace: time.Hour})
	out.Close()
	lines.expect("ready")
	g.Stop()
	within(t, g.Done(), "a stop")
	if got := g.Outcome(); got != (Outcome{Code: 5}) {
		t.Errorf("outcome %+v", got)
	}
	out, lines = listen(t)
	g = run(t, sh(`trap "" INT; echo ready; exec sleep 1000`),
		Spec{Plain: true, Stdout: out, Signal: syscall.SIGINT, Grace: time.Millisecond})
	out.Close()
	lines.expect("ready")
	g.Stop()
	within(t, g.Done(), "a stop that is not heard")
	if got := g.Outcome(); got != (Outcome{Signal: syscall.SIGKILL}) {
		t.Errorf("outcome %+v", got)
	}
}

// TestPlainOwnerKilled: the kernel tells the child, also where the owner was started
// with the signal ignored, which a shell would leave so for good.
func TestPlainOwnerKilled(t *testing.T) {
	owner := helper(t, "plain", sh(`trap "echo told; exit" INT; echo ready; while :; do sleep 0.01; done`)...)
	t.Run("as usual", func(t *testing.T) { killPlainOwner(t, owner) })
	t.Run("in the background", func(t *testing.T) { killPlainOwner(t, sh(`trap "" INT; exec "$@"`, owner...)) })
}

func killPlainOwner(t *testing.T, argv []string) {
	out, lines := listen(t)
	p, err := os.StartProcess(argv[0], argv, &os.ProcAttr{Files: []*os.File{nil, out, os.Stderr}})
	if err != nil {
		t.Fatal(err)
	}
	out.Close()
	lines.expect("ready")
	if err := unix.Kill(p.Pid, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	p.Wait()
	lines.expect("told")
	lines.end()
}
