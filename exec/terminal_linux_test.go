package exec

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

func init() {
	// gorun runs its arguments as gorun does: it passes its signals on, ends the
	// program at SIGTERM and SIGHUP, and after it says whether it has the terminal.
	helpers["gorun"] = func(args []string) int {
		signals := make(chan os.Signal, 10)
		signal.Notify(signals, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGHUP)
		p, err := Start(Spec{
			Path: args[0], Args: args, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Grace: time.Hour,
		})
		if err != nil {
			fmt.Println(err)
			return 1
		}
		fmt.Println("pids", os.Getpid(), parent(p.Pid()), p.Pid())
		for {
			select {
			case s := <-signals:
				fmt.Println("gorun:", s)
				switch s {
				case unix.SIGTERM, unix.SIGHUP:
					p.StopFor(s.(syscall.Signal))
				default:
					p.Forward(s.(syscall.Signal))
				}
			case <-p.Done():
				holder, _ := unix.IoctlGetInt(1, unix.TIOCGPGRP)
				fmt.Println("done:", p.Outcome(), "foreground", holder == unix.Getpgrp())
				return p.Outcome().ExitStatus()
			}
		}
	}
	// listener says which signals and lines it gets, and in which group it is.
	helpers["listener"] = func([]string) int {
		signals := make(chan os.Signal, 10)
		signal.Notify(signals, unix.SIGINT, unix.SIGHUP, unix.SIGTERM)
		go func() {
			n := 0
			for s := range signals {
				n++
				fmt.Fprintf(os.NewFile(3, "report"), "%v %d\n", s, n)
				if s != unix.SIGINT { // with time for a second one, which there must not be
					time.AfterFunc(200*time.Millisecond, func() { os.Exit(4) })
				}
			}
		}()
		tty, err := os.Open("/dev/tty")
		if err != nil {
			fmt.Println(err)
			return 1
		}
		fmt.Println("ready")
		for s := bufio.NewScanner(tty); s.Scan(); {
			if s.Text() == "quit" {
				return 6
			}
			fmt.Println("line", s.Text())
		}
		time.Sleep(time.Hour) // the terminal is gone; SIGHUP ends this
		return 5
	}
	helpers["sleeper"] = func([]string) int {
		fmt.Println("ready")
		time.Sleep(time.Hour)
		return 0
	}
	// raw leaves the terminal in raw mode.
	helpers["raw"] = func(args []string) int {
		if _, err := term.MakeRaw(1); err != nil {
			fmt.Println(err)
		}
		fmt.Print("raw\r\n")
		if args[0] == "stay" {
			time.Sleep(time.Hour)
		}
		return 8
	}
	// grabber gives the terminal to a process group of its own and is killed.
	helpers["grabber"] = func([]string) int {
		signal.Ignore(unix.SIGTTOU)
		unix.Setpgid(0, 0)
		if err := unix.IoctlSetPointerInt(0, unix.TIOCSPGRP, os.Getpid()); err != nil {
			fmt.Println(err)
		}
		term.MakeRaw(1)
		unix.Kill(os.Getpid(), unix.SIGKILL)
		select {}
	}
	// shell runs its arguments as a job in the foreground, as a shell does, and
	// when it is stopped says so and continues it at SIGUSR1.
	helpers["shell"] = func(args []string) int {
		runtime.LockOSThread()
		fg := make(chan os.Signal, 1)
		signal.Notify(fg, unix.SIGUSR1)
		signal.Ignore(unix.SIGTTOU)
		tty := 0
		// Not ignored in the job: Foreground needs it only in the child.
		signal.Reset(unix.SIGTTOU)
		pid, err := syscall.ForkExec(args[0], args, &syscall.ProcAttr{
			Env: os.Environ(), Files: []uintptr{0, 1, 2, 3},
			Sys: &syscall.SysProcAttr{Foreground: true, Ctty: tty},
		})
		if err != nil {
			fmt.Println(err)
			return 1
		}
		signal.Ignore(unix.SIGTTOU)
		for {
			var ws unix.WaitStatus
			if _, err := unix.Wait4(pid, &ws, unix.WUNTRACED, nil); err == unix.EINTR {
				continue
			} else if err != nil {
				return 1
			}
			unix.IoctlSetPointerInt(tty, unix.TIOCSPGRP, unix.Getpgrp())
			if !ws.Stopped() {
				fmt.Println("shell: job ended")
				return ws.ExitStatus()
			}
			fmt.Println("shell: job stopped")
			<-fg
			unix.IoctlSetPointerInt(tty, unix.TIOCSPGRP, pid)
			unix.Kill(-pid, unix.SIGCONT)
		}
	}
}

func parent(pid int) int {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	n, _ := strconv.Atoi(f[1])
	return n
}

func state(pid int) byte {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	return b[strings.LastIndexByte(string(b), ')')+2]
}

// A session is a process that leads a new session on a new terminal, as a
// terminal window starts it, seen from the side of the window.
type session struct {
	t      *testing.T
	fd     int // of master
	master *os.File
	screen *listener // what is printed on the terminal
	report *listener // descriptor 3 of everything in the session
	leader *os.Process
}

// newTerminal returns a pseudo terminal's two ends, and the descriptor of the first.
func newTerminal(t *testing.T) (fd int, master, tty *os.File) {
	t.Helper()
	// Not blocking, so that Close ends a Read; hence Fd, which would undo that,
	// is not called.
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skipf("no terminals: %v", err)
	}
	master = os.NewFile(uintptr(fd), "ptmx")
	t.Cleanup(func() { master.Close() })
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tty.Close() })
	return fd, master, tty
}

// newSession starts argv. With pipe, its standard input is not the terminal.
func newSession(t *testing.T, pipe bool, argv []string) *session {
	t.Helper()
	fd, master, tty := newTerminal(t)
	defer tty.Close()
	in := tty
	if pipe {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { w.Close() })
		defer r.Close()
		in = r
	}
	out, report := listen(t)
	leader, err := os.StartProcess(argv[0], argv, &os.ProcAttr{
		Files: []*os.File{in, tty, tty, out},
		Sys:   &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 1},
	})
	out.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		leader.Kill()
		leader.Wait()
	})
	return &session{t, fd, master, listenTo(t, master), report, leader}
}

func (s *session) write(keys string) {
	s.t.Helper()
	if _, err := s.master.WriteString(keys); err != nil {
		s.t.Fatal(err)
	}
}

// pids waits for the line of the gorun helper.
func (s *session) pids() (gorun, keeper, program int) {
	s.t.Helper()
	eventually(s.t, "the process IDs", func() bool {
		for _, line := range s.screen.seen {
			if n, _ := fmt.Sscanf(line, "pids %d %d %d", &gorun, &keeper, &program); n == 3 {
				return true
			}
		}
		select {
		case line := <-s.screen.lines:
			s.screen.seen = append(s.screen.seen, line)
		default:
		}
		return false
	})
	return gorun, keeper, program
}

// ^C reaches the program once and gorun once, and what reaches only gorun is
// passed on, once. The program reads the terminal, even if its standard input
// is another.
func TestInterruptReachesOnce(t *testing.T) {
	for name, pipe := range map[string]bool{"terminal": false, "pipe": true} {
		t.Run(name, func(t *testing.T) {
			s := newSession(t, pipe, helper(t, "gorun", helper(t, "listener")...))
			s.screen.expect("ready")
			gorun, _, _ := s.pids()
			for n := 1; n <= 3; n++ {
				s.write("\x03")
				s.report.expect(fmt.Sprintf("interrupt %d", n))
				eventually(t, "gorun's own", func() bool {
					s.write("a\n")
					s.screen.expect("line a")
					return s.screen.count("gorun: interrupt") >= n
				})
			}
			// The keeper keeps an order to forward that it takes for another
			// signal for a tenth of a second; and a signal counts as the one from
			// the terminal for half a second.
			time.Sleep(time.Second)
			unix.Kill(gorun, unix.SIGINT)
			s.report.expect("interrupt 4")
			s.write("quit\n")
			s.screen.expect("done: exit status 6 foreground true")
			s.report.end()
			if len(s.report.seen) != 4 {
				t.Errorf("the program got %q", s.report.seen)
			}
			if n := s.screen.count("gorun: interrupt"); n != 4 {
				t.Errorf("gorun got %d: %q", n, s.screen.seen)
			}
		})
	}
}

// ^\ gives the goroutines of the program, and of nobody else.
func TestQuitDumpsGoroutines(t *testing.T) {
	s := newSession(t, false, helper(t, "gorun", helper(t, "sleeper")...))
	s.screen.expect("ready")
	s.pids()
	s.write("\x1c")
	s.screen.expect("done: exit status 2 foreground true")
	dumps := 0
	for _, line := range s.screen.seen {
		if strings.HasSuffix(line, "SIGQUIT: quit") {
			dumps++
		}
	}
	if dumps != 1 {
		t.Errorf("%d dumps: %q", dumps, s.screen.seen)
	}
	s.report.end()
}

// ^Z stops the job, as a shell sees it; fg continues it.
func TestSuspendAndContinue(t *testing.T) {
	s := newSession(t, false, helper(t, "shell", helper(t, "gorun", helper(t, "listener")...)...))
	s.screen.expect("ready")
	gorun, _, program := s.pids()
	for range 2 {
		s.write("\x1a")
		s.screen.expect("shell: job stopped")
		eventually(t, "stopped", func() bool { return state(gorun) == 'T' && state(program) == 'T' })
		s.leader.Signal(unix.SIGUSR1)
		eventually(t, "continued", func() bool { return state(gorun) != 'T' && state(program) != 'T' })
		s.write("again\n")
		s.screen.expect("line again")
	}
	s.write("quit\n")
	s.screen.expect("done: exit status 6 foreground true", "shell: job ended")
	s.report.end()
}

// SIGKILL for gorun, in a terminal: nothing is left, even if all was stopped.
func TestKilledInATerminal(t *testing.T) {
	const family = `(trap "" INT HUP TERM; setsid sleep 1000 &) ; (sleep 1000 &) ; echo ready; read x </dev/tty`
	for _, suspend := range []bool{false, true} {
		t.Run(fmt.Sprint("suspended=", suspend), func(t *testing.T) {
			s := newSession(t, false, helper(t, "shell", helper(t, "gorun", "/bin/sh", "-c", family)...))
			s.screen.expect("ready")
			gorun, _, program := s.pids()
			if suspend {
				s.write("\x1a")
				s.screen.expect("shell: job stopped")
				eventually(t, "stopped", func() bool { return state(gorun) == 'T' && state(program) == 'T' })
			}
			unix.Kill(gorun, unix.SIGKILL)
			if suspend {
				s.leader.Signal(unix.SIGUSR1) // to wait for it
			}
			s.screen.expect("shell: job ended")
			s.report.end()
		})
	}
}

// The window is closed: the program gets SIGHUP once, and nothing is left.
func TestTerminalCloses(t *testing.T) {
	s := newSession(t, false, helper(t, "gorun", helper(t, "listener")...))
	s.screen.expect("ready")
	s.pids()
	s.master.Close()
	s.report.end()
	if n := s.report.count("hangup 1"); n != 1 || len(s.report.seen) != 1 {
		t.Errorf("the program got %q", s.report.seen)
	}
}

// A signal to the whole group (kill %1) does not reach the program twice.
func TestGroupSignalReachesOnce(t *testing.T) {
	s := newSession(t, false, helper(t, "gorun", helper(t, "listener")...))
	s.screen.expect("ready")
	gorun, _, _ := s.pids()
	unix.Kill(-gorun, unix.SIGTERM)
	s.screen.expect("done: exit status 4 foreground true")
	s.report.end()
	if n := s.report.count("terminated 1"); n != 1 || len(s.report.seen) != 1 {
		t.Errorf("the program got %q", s.report.seen)
	}
}

// However a program that changed the terminal's modes ends, they are put back.
func TestModesArePutBack(t *testing.T) {
	for name, argv := range map[string][]string{
		"exits":       helper(t, "raw", "exit"),
		"killed":      helper(t, "raw", "stay"),
		"took it all": helper(t, "grabber"),
	} {
		t.Run(name, func(t *testing.T) {
			s := newSession(t, false, helper(t, "shell", helper(t, "gorun", argv...)...))
			before, err := unix.IoctlGetTermios(s.fd, unix.TCGETS)
			if err != nil {
				t.Fatal(err)
			}
			want := "done: exit status 8 foreground true"
			switch name {
			case "killed":
				s.screen.expect("raw")
				gorun, _, _ := s.pids()
				if now, err := unix.IoctlGetTermios(s.fd, unix.TCGETS); err != nil || *now == *before {
					t.Errorf("the program did not change the modes: %v", err)
				}
				unix.Kill(gorun, unix.SIGTERM)
				want = "done: killed by SIGTERM foreground true"
			case "took it all":
				want = "done: killed by SIGKILL foreground true"
			}
			s.screen.expect(want)
			if now, err := unix.IoctlGetTermios(s.fd, unix.TCGETS); err != nil || *now != *before {
				t.Errorf("%v: modes %+v\nwant %+v", err, now, before)
			}
			s.screen.expect("shell: job ended")
		})
	}
}

// A program whose standard error is a terminal finds one there, of the same size, while its
// lines are seen; what it says comes unchanged.
func TestErrorLinesOfATerminal(t *testing.T) {
	_, screen, tty := newTerminal(t)
	if err := unix.IoctlSetWinsize(int(tty.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 12, Col: 34}); err != nil {
		t.Fatal(err)
	}
	many := make([]string, 5000)
	for i := range many {
		many[i] = strconv.Itoa(i + 1)
	}
	want := strings.Join(append([]string{"12 34"}, many...), "\r\n") + "\r\nend"
	shown := make(chan string) // one value
	go func() {
		b := make([]byte, len(want))
		n, _ := io.ReadFull(screen, b)
		shown <- string(b[:n])
	}()
	s := &seen{}
	p := start(t, `test -t 2 && stty size <&2 >&2; seq 5000 >&2; printf 'end' >&2`, Spec{Stderr: tty, ErrorLines: s.line})
	within(t, p.Done(), "its end")
	if got := strings.Join(s.lines, "\r\n"); got != want {
		t.Errorf("saw %.100q", got)
	}
	select {
	case got := <-shown:
		if got != want {
			t.Errorf("the screen shows %.100q", got)
		}
	case <-time.After(patience):
		t.Error("something does not come to the screen")
	}
}
