package procgroup

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
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
	// dropped is a program that has given up its rights: it becomes another user, with which the
	// kernel forgets that the process is to die with its parent.
	helpers["dropped"] = func([]string) int {
		if err := syscall.Setuid(65534); err != nil {
			fmt.Println("ready") // as an ordinary user: a program like any other
		}
		fmt.Println("ready")
		time.Sleep(time.Hour)
		return 0
	}
	// tracer stops a process as a debugger does.
	helpers["tracer"] = func(args []string) int {
		runtime.LockOSThread()
		pid, _ := strconv.Atoi(args[0])
		if err := syscall.PtraceAttach(pid); err != nil {
			fmt.Println("refused:", err)
			return 1
		}
		for first := true; ; first = false {
			var ws syscall.WaitStatus
			if _, err := syscall.Wait4(pid, &ws, syscall.WALL, nil); err != nil || ws.Exited() || ws.Signaled() {
				return 0
			}
			if first {
				fmt.Println("attached")
			}
		}
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
	return ownedBy(t, testBinary(t), sh(script))
}

// ownedBy is owned with an owner that is this executable.
func ownedBy(t *testing.T, gorun string, program []string) (owner *os.Process, keeper int, lines *listener) {
	t.Helper()
	out, lines := listen(t)
	p, err := os.StartProcess(gorun, append([]string{gorun, "helper", "owner"}, program...), &os.ProcAttr{
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

// Who kills gorun by its name does not kill its keepers with it, whichever way the name is
// looked for; so they can end what it has started.
func TestKilledByName(t *testing.T) {
	gorun := filepath.Join(t.TempDir(), "gorun")
	binary, err := os.ReadFile(testBinary(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(gorun, binary, 0o755); err != nil {
		t.Fatal(err)
	}
	read := func(pid int, name string) string {
		b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, name))
		return string(b)
	}
	ways := map[string]func(pid int) bool{
		"pkill gorun, killall gorun": func(pid int) bool { return strings.TrimSpace(read(pid, "comm")) == "gorun" },
		"kill $(pidof gorun)": func(pid int) bool {
			first, _, _ := strings.Cut(read(pid, "cmdline"), "\x00")
			return filepath.Base(first) == "gorun"
		},
		"pkill -f gorun": func(pid int) bool { return strings.Contains(read(pid, "cmdline"), "gorun") },
	}
	programs := map[string][]string{"dropped": helper(t, "dropped")}
	for _, f := range families {
		programs[f.name] = sh(f.script)
	}
	for way, named := range ways {
		for name, program := range programs {
			t.Run(way+"/"+name, func(t *testing.T) {
				owner, keeper, lines := ownedBy(t, gorun, program)
				var killed []int
				for _, pid := range []int{owner.Pid, keeper} {
					if named(pid) {
						killed = append(killed, pid)
					}
				}
				if !slices.Contains(killed, owner.Pid) {
					t.Fatalf("it does not find gorun")
				}
				owner.Signal(syscall.SIGSTOP) // it has no time to do anything about its keeper's death
				for _, pid := range killed {
					unix.Kill(pid, unix.SIGKILL)
				}
				lines.end()
			})
		}
	}
}

// A keeper that somebody has stopped still does what it is told.
func TestStoppedKeeper(t *testing.T) {
	for _, order := range []string{"signal", "stop", "kill"} {
		t.Run(order, func(t *testing.T) {
			out, lines := listen(t)
			g := run(t, helper(t, "polite"), Spec{Stdout: out, Grace: time.Hour})
			out.Close()
			lines.expect("ready")
			stopped(t, keeperOf(g))
			want := Outcome{Code: 7}
			switch order {
			case "signal":
				g.Signal(syscall.SIGTERM)
			case "stop":
				g.Stop()
			case "kill":
				g.Kill()
				want = Outcome{Signal: syscall.SIGKILL}
			}
			within(t, g.Done(), order)
			if got := g.Outcome(); got != want {
				t.Errorf("outcome %+v, want %+v", got, want)
			}
		})
	}
	t.Run("gorun is killed", func(t *testing.T) {
		owner, keeper, lines := owned(t, families[0].script)
		stopped(t, keeper)
		owner.Kill()
		lines.end()
	})
}

// stopped stops a process and waits until it is.
func stopped(t *testing.T, pid int) {
	t.Helper()
	unix.Kill(pid, unix.SIGSTOP)
	eventually(t, "stopped", func() bool {
		st, _ := readStat(pid)
		return st.state == 'T'
	})
}

// A keeper that cannot do anything, because a debugger holds it, is given up: gorun ends
// its program itself. Nobody who gives orders waits for it meanwhile.
func TestKeeperUnderADebugger(t *testing.T) {
	for _, f := range families {
		if f.name != "double fork and setsid" && f.name != "stubborn all" {
			continue // each takes keeperPatience
		}
		t.Run(f.name, func(t *testing.T) {
			out, lines := listen(t)
			g := run(t, sh(f.script), Spec{Stdout: out, Grace: time.Millisecond})
			out.Close()
			lines.expect("ready")
			tracerOut, tracerLines := listen(t)
			argv := helper(t, "tracer", strconv.Itoa(keeperOf(g)))
			tracer, err := os.StartProcess(argv[0], argv, &os.ProcAttr{Files: []*os.File{nil, tracerOut, os.Stderr}})
			tracerOut.Close()
			if err != nil {
				t.Fatal(err)
			}
			defer tracer.Wait()
			defer tracer.Kill()
			if line := tracerLines.line(); line != "attached" {
				t.Skip(line)
			}
			ordered := make(chan struct{})
			go func() {
				defer close(ordered)
				for range 2000 { // more than the socket to the keeper holds
					g.Signal(unix.SIGCONT)
				}
				g.Stop()
			}()
			within(t, ordered, "giving orders")
			within(t, g.Done(), "a stop")
			lines.end()
			if got := g.Outcome(); got.Signal != syscall.SIGKILL || !got.Lost {
				t.Errorf("outcome %+v", got)
			}
		})
	}
}

// The keeper bears its program's name, for readers of ps, and not gorun's.
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
	if got := read("comm"); got != keeperName {
		t.Errorf("name %q, want %q", got, keeperName)
	}
	if got := read("cmdline"); got != keeperName+" (keeper of sleep)" {
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
