//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package procgroup

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/gorun-dev/gorun/internal/self"
)

// runInit is what process 1 of a container does: it starts the real gorun
// below itself, passes every signal on to it, waits for every process that
// loses its parent, and exits with gorun's status. Without it a signal that
// gorun does not catch would be dropped by the kernel, and zombies would stay.
//
// Where there is a terminal, gorun gets the foreground in a group of its own,
// so that ^C goes to it directly and process 1 has nothing to pass on twice.
func runInit(args []string) (status int) {
	deaths := make(chan os.Signal, 1) // never closed; one is enough, as the loop waits for all that have died
	signal.Notify(deaths, unix.SIGCHLD)
	signals := make(chan os.Signal, 32) // never closed
	for n := syscall.Signal(1); n < 32; n++ {
		switch n {
		case unix.SIGKILL, unix.SIGSTOP, unix.SIGCHLD, unix.SIGURG, unix.SIGPROF:
		case unix.SIGILL, unix.SIGTRAP, unix.SIGABRT, unix.SIGBUS, unix.SIGFPE, unix.SIGSEGV, unix.SIGSYS:
		case unix.SIGTTIN, unix.SIGTTOU: // never for a session leader
		default:
			if n == unix.SIGHUP && hangupIgnored {
				continue
			}
			signal.Notify(signals, n)
		}
	}
	image, err := self.Image()
	if err != nil {
		return initFailed(err)
	}
	attr := &syscall.SysProcAttr{Setpgid: true}
	tty, err := unix.Open("/dev/tty", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err == nil {
		attr.Foreground, attr.Ctty = true, tty
	}
	pid, err := syscall.ForkExec(image, args, &syscall.ProcAttr{
		Env:   os.Environ(),
		Files: []uintptr{0, 1, 2},
		Sys:   attr,
	})
	if err != nil {
		return initFailed(err)
	}
	if tty >= 0 {
		unix.Close(tty)
	}
	for {
		select {
		case s := <-signals:
			_ = unix.Kill(pid, s.(syscall.Signal))
			continue
		case <-deaths:
		}
		for {
			var ws unix.WaitStatus
			got, err := unix.Wait4(-1, &ws, unix.WNOHANG, nil)
			if err == unix.EINTR {
				continue
			}
			if got == pid {
				return outcomeOf(ws).ExitStatus()
			}
			if got <= 0 {
				break
			}
		}
	}
}

func initFailed(err error) int {
	os.Stderr.WriteString("gorun: cannot start itself as a child of process 1: " + err.Error() + "\n")
	return 1
}
