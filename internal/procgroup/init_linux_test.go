package procgroup

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
)

func init() {
	// reaped makes orphans and waits until process 1 has waited for them.
	helpers["reaped"] = func([]string) int {
		pid, err := syscall.ForkExec("/bin/sh", sh("for i in 1 2 3 4 5; do (setsid true &) ; done"), &syscall.ProcAttr{})
		if err != nil {
			fmt.Println(err)
			return 1
		}
		syscall.Wait4(pid, nil, 0, nil)
		for {
			others := 0
			stats, _ := filepath.Glob("/proc/[0-9]*")
			for _, s := range stats {
				if n, _ := strconv.Atoi(filepath.Base(s)); n != 1 && n != os.Getpid() {
					others++
				}
			}
			if others == 0 {
				fmt.Println("process", os.Getppid(), "has reaped")
				return 0
			}
		}
	}
	helpers["suicide"] = func(args []string) int {
		n, _ := strconv.Atoi(args[0])
		syscall.Kill(os.Getpid(), syscall.Signal(n))
		select {}
	}
}

// container starts a helper as process 1 of a new PID namespace and returns
// unshare, whose child that process is, and whose status is its status.
func container(t *testing.T, args ...string) (*os.Process, *listener) {
	t.Helper()
	prefix := []string{"/usr/bin/unshare", "--kill-child", "--pid", "--fork", "--mount-proc"}
	if os.Getuid() != 0 {
		prefix = slices.Insert(prefix, 1, "--map-root-user")
	}
	try := func(argv []string, out *os.File) (*os.Process, error) {
		return os.StartProcess(argv[0], argv, &os.ProcAttr{Files: []*os.File{nil, out, out}})
	}
	if p, err := try(append(prefix, "/bin/true"), nil); err != nil {
		t.Skipf("no unshare: %v", err)
	} else if st, err := p.Wait(); err != nil || !st.Success() {
		t.Skipf("%q does not work here: %v", prefix, st)
	}
	out, lines := listen(t)
	p, err := try(append(prefix, helper(t, args[0], args[1:]...)...), out)
	out.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Kill()
		p.Wait()
	})
	return p, lines
}

func exitCode(t *testing.T, p *os.Process) int {
	t.Helper()
	st, err := p.Wait()
	if err != nil {
		t.Fatal(err)
	}
	return st.ExitCode()
}

func TestInitExitsWithTheStatus(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want int
	}{
		{[]string{"exit", "0"}, 0},
		{[]string{"exit", "5"}, 5},
		{[]string{"suicide", "9"}, 137},
		{[]string{"suicide", "15"}, 143},
	} {
		p, lines := container(t, tt.args...)
		if got := exitCode(t, p); got != tt.want {
			t.Errorf("%q: %d, want %d", tt.args, got, tt.want)
		}
		lines.end()
	}
}

func TestInitReaps(t *testing.T) {
	p, lines := container(t, "reaped")
	lines.expect("process 1 has reaped")
	if got := exitCode(t, p); got != 0 {
		t.Errorf("exit code %d", got)
	}
}

func TestInitForwardsSignals(t *testing.T) {
	p, lines := container(t, "polite")
	lines.expect("ready")
	inits := children(p.Pid)
	if len(inits) != 1 {
		t.Fatalf("children of unshare: %v", inits)
	}
	syscall.Kill(inits[0], syscall.SIGTERM)
	lines.expect("terminated")
	if got := exitCode(t, p); got != 7 {
		t.Errorf("exit code %d", got)
	}
}

// As in a container: process 1, the real gorun below it, a keeper, the program
// and its orphans. All end when gorun is ended by a signal passed on to it.
func TestInitWithAKeeper(t *testing.T) {
	p, lines := container(t, append([]string{"owner"}, sh(`(setsid sleep 1000 &); echo ready; sleep 1000`)...)...)
	lines.expect("ready")
	syscall.Kill(children(p.Pid)[0], syscall.SIGTERM)
	if got := exitCode(t, p); got != 143 {
		t.Errorf("exit code %d", got)
	}
	lines.end()
}
