package procgroup

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gorun-dev/gorun/internal/self"
)

func init() {
	// owner is a gorun: it starts its arguments, says which its keeper is, and
	// stays until somebody kills it.
	helpers["owner"] = func(args []string) int {
		g, err := Start(Spec{Path: args[0], Args: args, Stdout: os.Stdout, Stderr: os.Stderr, Grace: time.Hour})
		if err != nil {
			fmt.Println(err)
			return 1
		}
		fmt.Println("keeper", keeperOf(g))
		<-g.Done()
		fmt.Println("done:", g.Outcome())
		return g.Outcome().ExitStatus()
	}
}

// keeperOf finds the keeper of g.
func keeperOf(g *Group) int {
	st, _ := readStat(g.Pid())
	return st.parent
}

// owned starts an owner of the script and waits until both are ready.
func owned(t *testing.T, script string) (owner *os.Process, keeper int, lines *listener) {
	t.Helper()
	out, lines := listen(t)
	p, err := os.StartProcess(testBinary(t), helper(t, "owner", sh(script)...), &os.ProcAttr{
		Files: []*os.File{nil, out, os.Stderr},
	})
	if err != nil {
		t.Fatal(err)
	}
	out.Close()
	t.Cleanup(func() {
		p.Kill()
		p.Wait()
	})
	var ready bool
	for !ready || keeper == 0 {
		line := lines.line()
		ready = ready || line == "ready"
		fmt.Sscanf(line, "keeper %d", &keeper)
	}
	return p, keeper, lines
}

// However gorun dies, nothing that it started is left.
func TestOwnerKilled(t *testing.T) {
	for _, f := range families {
		t.Run(f.name, func(t *testing.T) {
			owner, _, lines := owned(t, f.script)
			owner.Kill()
			lines.end()
		})
	}
}

// Killed while everything, keeper included, is stopped: everything gets
// SIGKILL, or goes on as soon as the keeper does.
func TestOwnerKilledWhileStopping(t *testing.T) {
	owner, _, lines := owned(t, `trap "" TERM; echo ready; sleep 1000; sleep 1000`)
	owner.Signal(syscall.SIGSTOP)
	owner.Kill()
	lines.end()
}

// When the keeper is killed, the kernel ends the program, and gorun the rest.
func TestKeeperKilled(t *testing.T) {
	for _, f := range families {
		t.Run(f.name, func(t *testing.T) {
			out, lines := listen(t)
			g := run(t, sh(f.script), Spec{Stdout: out, Grace: time.Hour})
			out.Close()
			lines.expect("ready")
			other := run(t, sh("sleep 1000"), Spec{}) // which is none of its business
			if err := unix.Kill(keeperOf(g), unix.SIGKILL); err != nil {
				t.Fatal(err)
			}
			within(t, g.Done(), "the end")
			lines.end()
			if got := g.Outcome(); got.Signal != syscall.SIGKILL || !got.Lost {
				t.Errorf("outcome %+v", got)
			}
			if err := unix.Kill(other.Pid(), 0); err != nil {
				t.Errorf("the other program: %v", err)
			}
			select {
			case <-other.Done():
				t.Error("the other program is gone, too")
			default:
			}
		})
	}
}

// With gorun and keeper both gone at once nobody is left to act; the program
// itself still dies, by the kernel.
func TestBothKilled(t *testing.T) {
	owner, keeper, lines := owned(t, `echo ready; read x </dev/zero`)
	owner.Signal(syscall.SIGSTOP) // so that it cannot act when its keeper goes
	unix.Kill(keeper, unix.SIGKILL)
	owner.Kill()
	lines.end()
}

// Signals that would end a process that has not asked for them do not end the
// keeper: it is there until its work is done.
func TestKeeperSurvivesSignals(t *testing.T) {
	out, lines := listen(t)
	g := run(t, helper(t, "polite"), Spec{Stdout: out, Grace: time.Hour})
	out.Close()
	lines.expect("ready")
	for _, sig := range []syscall.Signal{1, 2, 3, 10, 12, 13, 14, 15} {
		unix.Kill(keeperOf(g), sig)
	}
	g.Stop()
	within(t, g.Done(), "stop")
	if got := g.Outcome(); got.Code != 7 {
		t.Errorf("outcome %v", got)
	}
}

// The keeper bears gorun's name, for pkill, and its program's, for readers of ps.
func TestKeeperName(t *testing.T) {
	t.Setenv("GODEBUG", "inittrace=1")
	g := run(t, []string{"/bin/sleep", "1000"}, Spec{})
	read := func(name string) string {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", keeperOf(g), name))
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(strings.ReplaceAll(string(b), "\x00", " "))
	}
	own, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := read("comm"), strings.TrimSpace(string(own)); got != want {
		t.Errorf("name %q, want %q", got, want)
	}
	if got := read("cmdline"); !strings.HasSuffix(got, " (keeper of sleep)") {
		t.Errorf("command line %q", got)
	}
	// What is set for gorun or for the program (GODEBUG, GOTRACEBACK) is not for it.
	for _, v := range strings.Fields(read("environ")) {
		switch name, _, _ := strings.Cut(v, "="); name {
		case self.RoleVariable, "GOMAXPROCS", "GORACE", "GOCOVERDIR":
		default:
			t.Errorf("%s is set", name)
		}
	}
}
