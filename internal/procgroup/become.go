//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package procgroup

import (
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gorun-dev/gorun/internal/startfailure"
)

// Become makes this process the program, by execve: same process ID, and the
// program's end is this process's end. It returns only if that failed. Signal,
// Grace and LeaveRest of spec are not used.
func Become(spec Spec) error {
	spec = spec.complete()
	fail := func(err error) error { return startfailure.Undiagnosed(spec.Path, err) }
	diagnose := func(err error) error { return startfailure.Diagnose(spec.Path, spec.Dir, err) }
	spec, done, err := spec.withStreams()
	if err != nil {
		return fail(err)
	}
	defer done()
	for i, f := range []*os.File{spec.Stdin, spec.Stdout, spec.Stderr} {
		if fd := int(f.Fd()); fd != i {
			if err := unix.Dup2(fd, i); err != nil {
				return fail(os.NewSyscallError("dup2", err))
			}
		}
	}
	back := ""
	if spec.Dir != "" {
		back, _ = os.Getwd()
		if err := syscall.Chdir(spec.Dir); err != nil {
			return diagnose(err)
		}
	}
	disown()
	// What the program finds ignored is what go run would have left ignored:
	// SIGHUP under nohup, but not SIGINT, which the go command catches.
	if hangupIgnored {
		signal.Ignore(unix.SIGHUP)
	}
	if signal.Ignored(unix.SIGINT) {
		signal.Notify(make(chan os.Signal, 1), unix.SIGINT)
	}
	endByDefault()
	if len(spec.Listeners) > 0 {
		return diagnose(becomeStarter(spec))
	}
	pause := time.Millisecond
	begin := time.Now()
	err = syscall.Exec(spec.Path, spec.Args, spec.Env)
	for err == unix.ETXTBSY && time.Since(begin) < busyPatience {
		<-time.After(pause)
		pause = min(2*pause, 50*time.Millisecond)
		err = syscall.Exec(spec.Path, spec.Args, spec.Env)
	}
	if back != "" {
		_ = syscall.Chdir(back)
	}
	return diagnose(err)
}
