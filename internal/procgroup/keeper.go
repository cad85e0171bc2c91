//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package procgroup

import (
	"bufio"
	"os/signal"
	"runtime"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gorun-dev/gorun/internal/fdpass"
	"github.com/gorun-dev/gorun/internal/priority"
)

// The keeper is one goroutine on one locked thread. That it never leaves its
// thread matters twice: the kernel sends the program's parent-death signal when
// the thread that forked it ends; and wait4(-1) must not run at the same time as a fork
// that fails, as package syscall waits for that child itself.

// keeperName is how a keeper is called. It is not called gorun: who kills gorun by its name
// would kill with it those who end what it has started.
const keeperName = "keeper"

const (
	// busyPatience is how long an executable that is still open for writing
	// (ETXTBSY) is tried again. The writer is usually a child of a concurrent
	// fork that has not reached its exec yet: microseconds, but on a loaded
	// machine more.
	busyPatience = 3 * time.Second
	// killAgain is the pause before what is left is killed once more. Mostly SIGCHLD
	// comes earlier and has the same effect; the pause is for a process that was
	// forked while the list of processes was read.
	killAgain = 5 * time.Millisecond
	// restAgain is how often the keeper checks whether what outlives the program has
	// ended, on systems where that is not the keeper's child and sends no SIGCHLD.
	restAgain = 20 * time.Millisecond
	// killPatience is after how long what the keeper kills counts as what cannot be killed:
	// a process that hangs in the kernel (a dead NFS server) dies when it comes back,
	// and nobody should wait for that.
	killPatience = 10 * time.Second
	// leftAgain is the pause between attempts to kill what could not be killed: it may
	// have become this user's again.
	leftAgain = time.Second
	// sameSignal is how long before or after a signal that gorun received one
	// of the same number counts as the same ^C. The kernel signals a group
	// within microseconds; the rest is scheduling.
	sameSignal = 500 * time.Millisecond
	// sameSignalWait is how long an order to forward waits for the keeper's own
	// copy of the signal.
	sameSignalWait = 100 * time.Millisecond
	// restsAfter is how long the program must have run before the keeper gives back what it has
	// touched to start it: most hooks and go commands have ended by then.
	restsAfter = time.Second
)

type keeper struct {
	ctl     fdpass.Descriptor // the socket; descriptor 0
	mission mission

	pid         int // the program, 0 before it runs
	ended       bool
	killing     bool
	killStarted time.Time
	left        []int // what could not be killed, as reported

	seen     [32]time.Time // when the keeper, as a member of the group, got a signal
	pending  []request     // orders to forward that wait for the keeper's own copy
	patience *time.Timer   // for the first of pending
}

// runKeeper is the keeper's role from start to end. Its exit status is for nobody.
func runKeeper([]string) (status int) {
	runtime.LockOSThread()
	k := &keeper{ctl: 0, patience: time.NewTimer(time.Hour)}
	// Before the mission is read, so that the program does not exist yet.
	adopt()
	rename(keeperName)
	deaths, signals := k.catchSignals()

	m, files, err := receiveMission(k.ctl)
	if err != nil {
		if err == errMission {
			k.report(fact{kind: factFailed, errno: int(unix.EPROTO)})
		}
		return 1
	}
	k.mission = m
	if m.ignoresHangup {
		signal.Ignore(unix.SIGHUP)
	}
	if m.priority != priority.Normal {
		priority.Apply(m.priority) // the keeper's with it, which has little to do
	}
	if m.filter != nil {
		sendFilter(files[3], m.filter)
	}
	pid, err := k.fork(files)
	for _, fd := range files {
		unix.Close(fd) // so that the program's end is the end of its pipes
	}
	if err != nil {
		errno, _ := err.(syscall.Errno)
		k.report(fact{kind: factFailed, errno: int(errno)})
		return 1
	}
	k.pid = pid
	k.report(fact{kind: factStarted, pid: pid})

	orders := make(chan request) // closed by the goroutine at the end of file
	go func() {
		defer close(orders)
		lines := bufio.NewScanner(k.ctl)
		for lines.Scan() {
			if r, err := parseOrder(lines.Text()); err == nil {
				orders <- r
			}
		}
	}()

	again := time.NewTicker(time.Hour)
	rest := time.NewTimer(restsAfter)
	for {
		select {
		case <-rest.C:
			releaseFilePages()
		case r, ok := <-orders:
			switch {
			case !ok: // gorun is dead
				orders = nil
				r.verb = verbKill
			case r.verb == verbRelease:
				k.report(fact{kind: factGone, left: k.family()})
				return 0
			}
			if r.verb == verbKill && !k.killing {
				k.killing, k.killStarted = true, time.Now()
				k.report(fact{kind: factKilling})
				again.Reset(killAgain)
			}
			k.obey(r)
		case s := <-signals:
			k.saw(s.(syscall.Signal))
		case <-k.patience.C:
			k.giveUpWaiting()
		case <-deaths:
		case <-again.C:
		}
		if k.reap() {
			k.report(fact{kind: factGone})
			return 0
		}
		if k.ended && !k.killing {
			again.Reset(restAgain)
		}
		if k.killing {
			left, futile := k.killAll()
			if !futile && time.Since(k.killStarted) <= killPatience {
				continue
			}
			if orders == nil {
				return 0 // nobody is interested in what is left
			}
			if !slices.Equal(left, k.left) {
				k.left = left
				k.report(fact{kind: factLeft, left: left})
				again.Reset(leftAgain)
			}
		}
	}
}

// fork starts the program. While it is busy, gorun's death is noticed by the
// program's own parent-death signal and by the end of file right after.
func (k *keeper) fork(files []int) (int, error) {
	attr := &syscall.ProcAttr{
		Dir:   k.mission.dir,
		Env:   k.mission.env,
		Files: []uintptr{uintptr(files[0]), uintptr(files[1]), uintptr(files[2])},
		Sys:   programAttr(!k.mission.shared),
	}
	forkExec := func() (int, error) { return syscall.ForkExec(k.mission.path, k.mission.args, attr) }
	if n := countNames(k.mission.listeners); n > 0 {
		forkExec = func() (int, error) { return forkStarter(k.mission, files[len(files)-n:], attr) }
	}
	pause := time.Millisecond
	for begin := time.Now(); ; {
		pid, err := forkExec()
		if err != syscall.ETXTBSY || time.Since(begin) > busyPatience {
			return pid, err
		}
		// Not a select: there is nothing yet that an order could be about.
		poll := []unix.PollFd{{Fd: int32(k.ctl), Events: unix.POLLIN}}
		if n, _ := unix.Poll(poll, int(pause.Milliseconds())); n > 0 {
			return 0, err // only its end can be read now: gorun is dead
		}
		pause = min(2*pause, 50*time.Millisecond)
	}
}

func (k *keeper) report(f fact) {
	// An error means that gorun is dead, which the end of file says, too.
	_, _ = k.ctl.Write([]byte(f.String() + "\n"))
}

// reap waits for all that has died and reports whether nothing is left.
func (k *keeper) reap() (empty bool) {
	var ended *fact
	for {
		var ws unix.WaitStatus
		pid, err := unix.Wait4(-1, &ws, unix.WNOHANG, nil)
		if err == unix.EINTR {
			continue
		}
		if pid > 0 {
			if pid == k.pid && !k.ended {
				k.ended = true
				ended = &fact{kind: factEnded, outcome: outcomeOf(ws)}
			}
			continue
		}
		empty = err == unix.ECHILD && k.ended && !k.remains()
		if ended != nil {
			ended.rest = !empty
			k.report(*ended)
		}
		return empty
	}
}

func outcomeOf(ws unix.WaitStatus) Outcome {
	if ws.Signaled() {
		return Outcome{Signal: ws.Signal(), Core: ws.CoreDump()}
	}
	return Outcome{Code: ws.ExitStatus()}
}

func (k *keeper) obey(r request) {
	switch r.verb {
	case verbSignal:
		k.signalProgram(r.sig)
	case verbSignalAll:
		k.signalAll(r.sig, k.recently(r.sig))
	case verbForward, verbForwardAll:
		if k.mission.shared && !k.recently(r.sig) {
			k.pending = append(k.pending, r)
			k.patience.Reset(sameSignalWait)
			return
		}
		k.forward(r)
	}
}

// saw notes that the group got sig: the terminal's ^C, or kill with the
// group's number. The program is in the group and got it too.
func (k *keeper) saw(sig syscall.Signal) {
	if int(sig) < len(k.seen) {
		k.seen[sig] = time.Now()
	}
	k.pending = slices.DeleteFunc(k.pending, func(r request) bool {
		if r.sig == sig {
			k.forward(r)
		}
		return r.sig == sig
	})
}

func (k *keeper) giveUpWaiting() {
	for _, r := range k.pending {
		k.forward(r)
	}
	k.pending = nil
}

func (k *keeper) recently(sig syscall.Signal) bool {
	return k.mission.shared && int(sig) < len(k.seen) && time.Since(k.seen[sig]) < sameSignal
}

func (k *keeper) forward(r request) {
	had := k.recently(r.sig)
	if r.verb == verbForwardAll {
		k.signalAll(r.sig, had)
	} else if !had {
		k.signalProgram(r.sig)
	}
}

func (k *keeper) signalProgram(sig syscall.Signal) {
	if !k.ended { // unreaped, so the number is still its own
		_ = unix.Kill(k.pid, sig)
	}
}
