//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package procgroup

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gorun-dev/gorun/internal/fdpass"
	"github.com/gorun-dev/gorun/internal/self"
	"github.com/gorun-dev/gorun/internal/startfailure"
)

// keeperPatience is how long a keeper has to begin with a kill. It answers at once unless
// somebody has stopped it (a debugger, the freezer of a cgroup) or the machine is very busy;
// then gorun kills the keeper and does its work, with the same result.
const keeperPatience = 2 * time.Second

// A keeperLink is the link to a keeper.
type keeperLink struct {
	conn   *os.File
	keeper int
	report chan fact   // closed by listen
	silent *time.Timer // kills the keeper; it runs from verbKill to the answer
}

func start(spec Spec) (link, int, error) {
	fail := func(err error) (link, int, error) { return nil, 0, startfailure.Undiagnosed(spec.Path, err) }
	if os.Getenv(self.RoleVariable) != "" {
		return fail(fmt.Errorf("%s is set: this executable does not call self.Play first", self.RoleVariable))
	}
	spec, done, err := spec.withStreams()
	if err != nil {
		return fail(err)
	}
	defer done()
	if spec.Plain && tellsOfDeath {
		// Processes that lose their parent become this process's children only as long
		// as there are keepers, whose left-overs sweep must find.
		ownChildren.Lock()
		if len(ownChildren.keepers) == 0 {
			disown()
		}
		ownChildren.Unlock()
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
	if len(files) > fdpass.MaxDescriptors {
		return fail(fmt.Errorf("%d listeners are too many", len(spec.Listeners)))
	}
	if err := fdpass.Check(m.encode()); err != nil {
		return fail(err)
	}
	conn, pid, err := startKeeper(filepath.Base(spec.Path), m.shared)
	if err != nil {
		return fail(fmt.Errorf("gorun's keeper: %w", err))
	}
	l := &keeperLink{conn: conn, keeper: pid, report: make(chan fact)}
	l.silent = time.AfterFunc(keeperPatience, func() { signalKeeper(pid, unix.SIGKILL) })
	l.silent.Stop()
	lines := bufio.NewScanner(conn)
	if err := fdpass.Send(conn, wireVersion, m.encode(), files); err != nil {
		conn.Close() // the keeper ends with it
		how := buryKeeper(pid)
		if errors.Is(err, unix.EPIPE) || errors.Is(err, unix.ECONNRESET) {
			err = keeperEnded(how)
		}
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
		how := buryKeeper(pid)
		switch errno := syscall.Errno(first.errno); errno {
		case unix.EPROTO:
			return fail(errMission)
		case unix.EPIPE:
			return fail(fmt.Errorf("gorun's keeper: %w", keeperEnded(how)))
		default:
			return nil, 0, startfailure.Diagnose(spec.Path, spec.Dir, errno)
		}
	}
	go l.listen(lines, first.pid, m.shared)
	return l, first.pid, nil
}

// keeperEnded is the error of a keeper that has ended without a word: its own are on the terminal.
func keeperEnded(how Outcome) error {
	return fmt.Errorf("it ended at once (%s); may this user have too few processes, or too little memory?", how)
}

func outcomeOfState(st *os.ProcessState) Outcome {
	ws, _ := st.Sys().(syscall.WaitStatus)
	return outcomeOf(unix.WaitStatus(ws))
}

// startKeeper starts a keeper and returns gorun's end of the socket.
func startKeeper(program string, shared bool) (*os.File, int, error) {
	image, err := self.Image()
	if err != nil {
		return nil, 0, err
	}
	mine, its, err := fdpass.Socketpair()
	if err != nil {
		return nil, 0, err
	}
	defer unix.Close(its)
	ownChildren.Lock()
	defer ownChildren.Unlock()
	reapSpared()
	adopt() // so that sweep finds what a killed keeper leaves
	pid, err := syscall.ForkExec(image, []string{keeperName, KeeperRole.Argument + program + ")"}, &syscall.ProcAttr{
		Env: KeeperRole.Env(),
		// Standard output is not for the keeper; standard error is, for a crash.
		Files: []uintptr{uintptr(its), 2, 2},
		Sys:   keeperAttr(!shared),
	})
	if err != nil {
		unix.Close(mine)
		return nil, 0, err
	}
	if ownChildren.keepers == nil {
		ownChildren.keepers = make(map[int]bool)
	}
	ownChildren.keepers[pid] = true
	_ = unix.SetNonblock(mine, true) // for the runtime's poller: no thread waits
	return os.NewFile(uintptr(mine), "keeper"), pid, nil
}

func (l *keeperLink) facts() <-chan fact { return l.report }

// order does not wait for a keeper that does not read: what it has not read by then will
// not matter any more when it is killed.
func (l *keeperLink) order(v verb, sig syscall.Signal) {
	line := []byte(request{v, sig}.String() + "\n")
	if raw, err := l.conn.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { _, _ = unix.Write(int(fd), line) })
	}
	signalKeeper(l.keeper, unix.SIGCONT) // somebody may have stopped it
	if v == verbKill {
		l.silent.Reset(keeperPatience)
	}
}

// listen passes on what the keeper says until it has said all.
func (l *keeperLink) listen(lines *bufio.Scanner, program int, shared bool) {
	defer close(l.report)
	var ended, gone bool
	for lines.Scan() {
		f, err := parseFact(lines.Text())
		if err != nil {
			continue
		}
		ended = ended || f.kind == factEnded
		if f.kind == factKilling {
			l.silent.Stop()
			continue
		}
		if f.kind == factGone {
			gone = true
			ownChildren.Lock()
			ownChildren.spared = append(ownChildren.spared, f.left...)
			ownChildren.Unlock()
		}
		l.report <- f
	}
	outcome, left := Outcome{}, []int(nil)
	if !gone {
		// The keeper was killed. What it was the parent of must be killed, too.
		outcome, left = sweep(l.keeper, program, shared)
	}
	outcome.Lost = true
	l.silent.Stop()
	buryKeeper(l.keeper)
	l.conn.Close()
	if !ended && !slices.Contains(left, program) {
		l.report <- fact{kind: factEnded, outcome: outcome}
	}
	if len(left) > 0 {
		l.report <- fact{kind: factLeft, outcome: Outcome{Lost: true}, left: left}
		awaitSpared(left)
	}
}
