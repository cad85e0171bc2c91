//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package procgroup

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// A keeperLink is the link to a keeper.
type keeperLink struct {
	conn   *os.File
	report chan fact // closed by listen
}

// keepers knows which children of this process are what.
var keepers struct {
	sync.Mutex
	pids    map[int]bool // the keepers that run
	orphans []int        // what keepers have left on purpose or could not kill: now our children; survivors, too
}

func start(spec Spec) (link, int, error) {
	fail := func(err error) (link, int, error) {
		e := &StartError{Path: spec.Path, Detail: err.Error(), Err: err}
		if errno := syscall.Errno(0); errors.As(err, &errno) && isExhausted(errno) {
			e.Reason = Exhausted
		}
		return nil, 0, e
	}
	if os.Getenv(roleVariable) != "" {
		return fail(fmt.Errorf("%s is set: this executable does not call procgroup.Role first", roleVariable))
	}
	spec, done, err := spec.withStreams()
	if err != nil {
		return fail(err)
	}
	defer done()
	if spec.Plain && tellsOfDeath {
		// What it leaves is not for this process to take in, but for keepers' sake.
		keepers.Lock()
		if len(keepers.pids) == 0 {
			disown()
		}
		keepers.Unlock()
		return startPlain(spec)
	}
	files := []int{int(spec.Stdin.Fd()), int(spec.Stdout.Fd()), int(spec.Stderr.Fd())}
	m := mission{
		path: spec.Path, dir: spec.Dir, args: spec.Args, env: spec.Env,
		shared: HasTerminal() && !spec.Apart, ignoresHangup: hangupIgnored, priority: spec.Priority,
	}
	if spec.Filter != nil {
		m.filter = spec.Filter.Code
		files = append(files, int(spec.Filter.To.Fd()))
	}
	var fds []int
	fds, m.listeners = lineUp(spec.Listeners)
	files = append(files, fds...)
	if len(files) > maxFiles {
		return fail(fmt.Errorf("%d listeners are too many", len(spec.Listeners)))
	}
	if err := m.check(); err != nil {
		return fail(err)
	}
	conn, pid, err := startKeeper(filepath.Base(spec.Path), m.shared)
	if err != nil {
		return fail(fmt.Errorf("gorun's keeper: %w", err))
	}
	l := &keeperLink{conn: conn, report: make(chan fact)}
	lines := bufio.NewScanner(conn)
	if err := sendMission(conn, m, files); err != nil {
		conn.Close() // the keeper ends with it
		buryKeeper(pid)
		return fail(fmt.Errorf("gorun's keeper: %w", err))
	}
	first := fact{kind: factFailed, errno: int(unix.EPIPE)}
	if lines.Scan() {
		if f, err := parseFact(lines.Text()); err == nil {
			first = f
		}
	}
	if first.kind != factStarted {
		conn.Close()
		buryKeeper(pid)
		switch errno := syscall.Errno(first.errno); errno {
		case unix.EPROTO, unix.EPIPE:
			return fail(errMission)
		default:
			return nil, 0, diagnose(spec, errno)
		}
	}
	go l.listen(lines, pid, first.pid, m.shared)
	return l, first.pid, nil
}

func outcomeOfState(st *os.ProcessState) Outcome {
	ws, _ := st.Sys().(syscall.WaitStatus)
	return outcomeOf(unix.WaitStatus(ws))
}

// startKeeper starts a keeper and returns gorun's end of the socket.
func startKeeper(program string, shared bool) (*os.File, int, error) {
	self, err := executable()
	if err != nil {
		return nil, 0, err
	}
	mine, its, err := socketpair()
	if err != nil {
		return nil, 0, err
	}
	defer unix.Close(its)
	keepers.Lock()
	defer keepers.Unlock()
	reapOrphans()
	adopt() // so that sweep finds what a killed keeper leaves
	pid, err := syscall.ForkExec(self, keeperArgs(ownName(), program), &syscall.ProcAttr{
		Env: roleEnv("keeper"),
		// Standard output is not for the keeper; standard error is, for a crash.
		Files: []uintptr{uintptr(its), 2, 2},
		Sys:   &syscall.SysProcAttr{Setpgid: !shared},
	})
	if err != nil {
		unix.Close(mine)
		return nil, 0, err
	}
	if keepers.pids == nil {
		keepers.pids = make(map[int]bool)
	}
	keepers.pids[pid] = true
	_ = unix.SetNonblock(mine, true) // for the runtime's poller: no thread waits
	return os.NewFile(uintptr(mine), "keeper"), pid, nil
}

// roleEnv is the environment of gorun's own executable in a role. Nothing of
// gorun's: GODEBUG and the like would act on it. One
// processor starts faster than several: from Start to the program's first
// instruction 2.8 ms instead of 6.3 (medians of 12 interleaved rounds of 300,
// on two busy cores; the fastest tenth 2.3 instead of 2.6). A build with -race
// would by default wait for a second at its exit.
func roleEnv(role string) []string {
	env := []string{roleVariable + "=" + role, "GOMAXPROCS=1", "GORACE=atexit_sleep_ms=0"}
	if dir, ok := os.LookupEnv("GOCOVERDIR"); ok {
		env = append(env, "GOCOVERDIR="+dir) // else a build with -cover complains at exit
	}
	return env
}

// ownName is what the keeper is called, so that pkill finds both.
func ownName() string {
	path, err := os.Executable()
	if err != nil {
		return "gorun"
	}
	return filepath.Base(path)
}

func socketpair() (mine, its int, err error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return 0, 0, err
	}
	unix.CloseOnExec(p[0])
	unix.CloseOnExec(p[1])
	return p[0], p[1], nil
}

func (l *keeperLink) facts() <-chan fact { return l.report }

func (l *keeperLink) order(v verb, sig syscall.Signal) {
	_, _ = l.conn.Write([]byte(request{v, sig}.String() + "\n"))
}

// listen passes on what the keeper says until it has said all.
func (l *keeperLink) listen(lines *bufio.Scanner, keeper, program int, shared bool) {
	defer close(l.report)
	var ended, gone bool
	for lines.Scan() {
		f, err := parseFact(lines.Text())
		if err != nil {
			continue
		}
		ended = ended || f.kind == factEnded
		if f.kind == factGone {
			gone = true
			keepers.Lock()
			keepers.orphans = append(keepers.orphans, f.left...)
			keepers.Unlock()
		}
		l.report <- f
	}
	var last fact
	if !gone {
		// The keeper was killed. What it kept is to follow.
		last = sweep(keeper, program, shared)
	}
	buryKeeper(keeper)
	l.conn.Close()
	if !ended {
		last.kind = factEnded
		last.outcome.Lost = true
		l.report <- last
	}
}

// reapOrphans waits for those orphans that have ended. It is called with
// keepers locked, now and then: a zombie is no hurry.
func reapOrphans() {
	keepers.orphans = slices.DeleteFunc(keepers.orphans, func(pid int) bool {
		got, err := unix.Wait4(pid, nil, unix.WNOHANG, nil)
		return got == pid || err == unix.ECHILD
	})
}

// buryKeeper waits for a keeper that has closed its socket.
func buryKeeper(pid int) {
	for {
		_, err := unix.Wait4(pid, nil, 0, nil)
		if err != unix.EINTR {
			break
		}
	}
	keepers.Lock()
	delete(keepers.pids, pid)
	keepers.Unlock()
}
