package procgroup

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func init() {
	// stubborn ignores every signal it may, says so, and stays.
	helpers["stubborn"] = func([]string) int {
		signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
		fmt.Println("ready", os.Getpid())
		time.Sleep(time.Hour)
		return 0
	}
	// polite exits with status 7 on SIGTERM, after it has said so.
	helpers["polite"] = func([]string) int {
		c := make(chan os.Signal, 10)
		signal.Notify(c, syscall.SIGTERM)
		fmt.Println("ready")
		<-c
		fmt.Println("terminated")
		return 7
	}
	// nobody starts a setuid program as another user: as its program ("itself"), or as what that
	// starts ("child"). It kills it, or ("keeper") its keeper, says what is left, and when all is gone.
	helpers["nobody"] = func(args []string) int {
		if err := syscall.Setuid(65534); err != nil {
			fmt.Println(err)
			return 1
		}
		which, program := args[0], []string{args[1], "helper", "root"}
		if which == "child" {
			program = sh(`"$1" helper root & wait`, args[1])
		}
		g, err := Start(Spec{Path: program[0], Args: program, Stdout: os.Stdout, Stderr: os.Stderr})
		if err != nil {
			fmt.Println(err)
			return 1
		}
		root := func() int {
			if which == "child" {
				return append(children(g.Pid()), 0)[0]
			}
			return g.Pid()
		}
		for !otherUser(root()) {
			time.Sleep(time.Millisecond)
		}
		begin := time.Now()
		if which == "keeper" {
			syscall.Kill(keeperOf(g), syscall.SIGKILL)
		} else {
			g.Kill()
		}
		fmt.Println("left", g.Left())
		if time.Since(begin) > killPatience/2 {
			fmt.Println("too late")
		}
		o := g.Outcome()
		fmt.Printf("%v, status %d, alive %v, success %v\n", o, o.ExitStatus(), o.Alive, o.Success())
		select {
		case <-g.Gone():
			fmt.Println("gone too early")
		default:
		}
		<-g.Gone()
		fmt.Println("gone", g.Left())
		return 0
	}
	// root is root, and at SIGUSR1 the user that could not kill it before.
	helpers["root"] = func([]string) int {
		if err := syscall.Setuid(0); err != nil {
			fmt.Println("nosuid")
			return 1
		}
		c := make(chan os.Signal, 1)
		signal.Notify(c, syscall.SIGUSR1)
		fmt.Println("root", os.Getpid())
		<-c
		if err := syscall.Setuid(65534); err != nil {
			fmt.Println(err)
		}
		time.Sleep(time.Hour)
		return 0
	}
	// forker starts new generations, each in a new session, as fast as it can.
	helpers["forker"] = func(args []string) int {
		if len(args) == 0 {
			fmt.Println("ready")
		}
		for {
			self, _ := os.Executable()
			_, err := os.StartProcess(self, []string{self, "helper", "forker", "again"}, &os.ProcAttr{
				Files: []*os.File{nil, os.Stdout}, Sys: &syscall.SysProcAttr{Setsid: true},
			})
			if err == nil && len(args) > 0 {
				return 0
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
}

// otherUser reports whether pid has become root's for good.
func otherUser(pid int) bool {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	return strings.Contains(string(b), "Uid:\t0\t0\t0")
}

// Each script leaves processes about, as programs do; all hold the pipe.
var families = []struct{ name, script string }{
	{"child", `sleep 1000 & echo ready; wait`},
	{"setsid", `setsid sleep 1000 & echo ready; wait`},
	{"orphan", `(sleep 1000 &) ; echo ready; sleep 1000`},
	{"double fork and setsid", `(setsid sh -c "sleep 1000 & sleep 1000" &) ; echo ready; sleep 1000`},
	{"stubborn child", `(trap "" TERM INT HUP; setsid sleep 1000 &) ; echo ready; sleep 1000`},
	{"stubborn all", `trap "" TERM INT HUP; (setsid sleep 1000 &) ; echo ready; sleep 1000; sleep 1000`},
	{"stopped", `sleep 1000 & kill -STOP $!; echo ready; wait`},
	{"many", `for i in 1 2 3 4 5 6 7 8 9; do (setsid sh -c "sleep 1000 & sleep 1000" &) ; done; echo ready; sleep 1000`},
}

func TestKillTakesTheFamily(t *testing.T) {
	for _, f := range families {
		t.Run(f.name, func(t *testing.T) {
			out, lines := listen(t)
			g := run(t, sh(f.script), Spec{Stdout: out, Grace: time.Hour})
			out.Close()
			lines.expect("ready")
			g.Kill()
			within(t, g.Done(), "kill")
			lines.end()
			if got := g.Outcome(); got.Signal != syscall.SIGKILL {
				t.Errorf("outcome %v", got)
			}
		})
	}
}

func TestStopTakesTheFamily(t *testing.T) {
	for _, f := range families {
		t.Run(f.name, func(t *testing.T) {
			out, lines := listen(t)
			g := run(t, sh(f.script), Spec{Stdout: out, Grace: 200 * time.Millisecond})
			out.Close()
			lines.expect("ready")
			g.Stop()
			within(t, g.Done(), "stop")
			lines.end()
		})
	}
}

// What a program leaves behind when it ends by itself goes, too.
func TestEndTakesTheRest(t *testing.T) {
	for _, rest := range []string{`sleep 1000 &`, `(setsid sleep 1000 &)`, `(trap "" TERM; setsid sleep 1000 &)`} {
		out, lines := listen(t)
		g := run(t, sh(rest+"\nexit 4"), Spec{Stdout: out, Grace: 100 * time.Millisecond})
		out.Close()
		within(t, g.Done(), rest)
		lines.end()
		if got := g.Outcome(); got.Code != 4 || got.Signal != 0 {
			t.Errorf("outcome %v", got)
		}
	}
}

// LeaveRest leaves it alone, and Done does not wait for it. When it ends, it is
// not a zombie of this process for ever.
func TestLeaveRest(t *testing.T) {
	out, lines := listen(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	// A background process of a shell reads nothing from its standard input.
	g := run(t, sh(`setsid sh -c 'echo $$; read x <&3; echo released' 3<&0 & exit 4`),
		Spec{Stdin: r, Stdout: out, LeaveRest: true})
	r.Close()
	out.Close()
	within(t, g.Done(), "the program")
	if left := g.Left(); left != nil || g.Outcome().Code != 4 {
		t.Errorf("outcome %v, left %v", g.Outcome(), left)
	}
	pid := lines.line()
	w.Close()
	lines.expect("released")
	lines.end()
	eventually(t, "no zombie", func() bool {
		within(t, run(t, sh("exit 0"), Spec{}).Done(), "another program")
		_, err := os.Stat("/proc/" + pid)
		return err != nil
	})
}

// Everybody gets the signal, once, before anybody gets SIGKILL.
func TestStopSignalsEverybodyOnce(t *testing.T) {
	out, lines := listen(t)
	quoted := testBinary(t) + " helper polite"
	g := run(t, sh(`trap 'echo script; exit 9' TERM
		`+quoted+` & setsid `+quoted+` & (setsid `+quoted+` &)
		echo ready
		while :; do wait; done`), Spec{Stdout: out, Grace: time.Hour})
	out.Close()
	for range 4 {
		lines.expect("ready")
	}
	g.Stop()
	within(t, g.Done(), "stop")
	got := lines.end()
	slices.Sort(got)
	if want := []string{"script", "terminated", "terminated", "terminated"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := g.Outcome(); got.Code != 9 {
		t.Errorf("outcome %v", got)
	}
}

// A stopped program is continued, or it would never hear of the signal.
func TestStopContinuesTheStopped(t *testing.T) {
	out, lines := listen(t)
	g := run(t, helper(t, "polite"), Spec{Stdout: out, Grace: time.Hour})
	out.Close()
	lines.expect("ready")
	g.Signal(syscall.SIGSTOP)
	eventually(t, "stopped", func() bool { st, _ := readStat(g.Pid()); return st.state == 'T' })
	g.Stop()
	within(t, g.Done(), "stop")
	if got := g.Outcome(); got.Code != 7 {
		t.Errorf("outcome %v", got)
	}
}

func TestStubborn(t *testing.T) {
	out, lines := listen(t)
	var d debug
	g := run(t, helper(t, "stubborn"), Spec{Stdout: out, Grace: 100 * time.Millisecond, Debug: d.line})
	out.Close()
	lines.line()
	g.Stop()
	within(t, g.Done(), "stop")
	if got := g.Outcome(); got.Signal != syscall.SIGKILL {
		t.Errorf("outcome %v", got)
	}
	if all := strings.Join(d, "\n"); !strings.Contains(all, "grace 100ms") || !strings.Contains(all, "killing") {
		t.Errorf("debug lines:\n%s", all)
	}
}

func TestKillDuringTheGrace(t *testing.T) {
	out, lines := listen(t)
	g := run(t, helper(t, "stubborn"), Spec{Stdout: out, Grace: time.Hour})
	out.Close()
	lines.line()
	g.Stop()
	g.Kill()
	within(t, g.Done(), "kill")
	if got := g.Outcome(); got.Signal != syscall.SIGKILL {
		t.Errorf("outcome %v", got)
	}
}

// A program that forks on while it is killed does not get away.
func TestKillOutrunsForks(t *testing.T) {
	out, lines := listen(t)
	g := run(t, helper(t, "forker"), Spec{Stdout: out})
	out.Close()
	lines.expect("ready")
	g.Kill()
	within(t, g.Done(), "kill")
	lines.end()
}

// The program ends by itself exactly while it is being stopped: no deadlock,
// one Wait, and the outcome is one of the two that are true.
func TestEndWhileStopping(t *testing.T) {
	for i := range 40 {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		g := run(t, []string{"/bin/sh", "-c", "read x; exit 3"}, Spec{Stdin: r, Grace: time.Hour})
		r.Close()
		var wg sync.WaitGroup // at most 3
		wg.Go(func() { w.Close() })
		wg.Go(g.Stop)
		if i%2 == 0 {
			wg.Go(g.Kill)
		}
		wg.Wait()
		within(t, g.Done(), "stop")
		switch o := g.Outcome(); o {
		case Outcome{Code: 3}, Outcome{Signal: syscall.SIGTERM}:
		case Outcome{Signal: syscall.SIGKILL}:
			if i%2 != 0 {
				t.Errorf("outcome %v without a kill", o)
			}
		default:
			t.Errorf("outcome %v", o)
		}
	}
}

// A process that has become another user's cannot be killed. It is named, nobody waits for
// it who does not want to, and who wants to hears when it has ended.
func TestLeftOfAnotherUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root, to make an executable setuid")
	}
	dir := t.TempDir()
	for _, d := range []string{dir, filepath.Dir(dir)} { // so that another user may enter it
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "sudo")
	copySelf(t, path)
	if err := os.Chmod(path, 0o755|os.ModeSetuid); err != nil {
		t.Fatal(err)
	}
	for which, outcome := range map[string]string{
		"child":  "killed by SIGKILL, status 137, alive false, success false",
		"itself": "could not be killed, status 1, alive true, success false",
		"keeper": "could not be killed, status 1, alive true, success false",
	} {
		t.Run(which, func(t *testing.T) {
			out, lines := listen(t)
			argv := helper(t, "nobody", which, path)
			p, err := os.StartProcess(argv[0], argv, &os.ProcAttr{Files: []*os.File{nil, out, os.Stderr}})
			out.Close()
			if err != nil {
				t.Fatal(err)
			}
			defer p.Wait()
			defer p.Kill()
			var root int
			var said []string // by the other one, which need not wait for this one's line
			for root == 0 || len(said) < 2 {
				line := lines.line()
				if line == "nosuid" {
					t.Skip("setuid has no effect here")
				}
				if n, _ := fmt.Sscanf(line, "root %d", &root); n == 0 {
					said = append(said, line)
				}
			}
			defer syscall.Kill(root, syscall.SIGKILL)
			if want := []string{fmt.Sprintf(`left [%d ("sudo", of root)]`, root), outcome}; !slices.Equal(said, want) {
				t.Fatalf("%q, want %q", said, want)
			}
			if which == "itself" {
				syscall.Kill(root, syscall.SIGKILL)
			} else {
				syscall.Kill(root, syscall.SIGUSR1) // and it can be killed
			}
			if rest := lines.end(); !slices.Equal(rest, []string{"gone []"}) {
				t.Errorf("%q", rest)
			}
		})
	}
}

// No zombie, no descriptor and no process is left of any of it.
func TestNothingAccumulates(t *testing.T) {
	count := func() (fds, kids int) {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(entries), len(children(os.Getpid()))
	}
	once := func() {
		g := run(t, sh("(setsid sleep 1000 &) ; exit 0"), Spec{})
		within(t, g.Done(), "sh")
		Start(Spec{Path: "/nowhere"})
	}
	once()
	fds, kids := count()
	for range 20 {
		once()
	}
	if f, k := count(); f > fds || k > kids {
		t.Errorf("descriptors %d, children %d; before %d, %d", f, k, fds, kids)
	}
}
