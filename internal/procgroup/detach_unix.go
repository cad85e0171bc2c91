//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package procgroup

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// detachArg makes gorun the parent, for a moment, of a process that is to be
// nobody's child: this one may become a program, which must find no children that
// it has not started.
const detachArg = "gorun:detach"

// lowPriority is the lowest: what is detached is done while nothing else is to do.
const lowPriority = 19

// Detach starts gorun, whose file is self, once more with these arguments (the
// first is what follows the name), in a session of its own, at the lowest priority,
// as no child of this process. It has this process's environment and folder, no
// standard input and output, and the files as its descriptors from 3 on. Call
// wait before this process becomes another one; it does not wait for what was
// detached.
func Detach(self string, args []string, files ...*os.File) (wait func(), err error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	p, err := os.StartProcess(self, append([]string{"gorun", detachArg, strconv.Itoa(len(files))}, args...), &os.ProcAttr{
		Files: append([]*os.File{null, null, null}, files...),
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return nil, fmt.Errorf("starting gorun once more: %w", err)
	}
	done := make(chan struct{}) // closed when the parent of a moment is gone
	go func() {
		defer close(done)
		_, _ = p.Wait() // what it detached tells the caller, or does not
	}()
	return func() { <-done }, nil
}

// detach is the parent of a moment.
func detach(args []string) (status int, ok bool) {
	if len(args) < 4 || args[1] != detachArg {
		return 0, false
	}
	n, err := strconv.Atoi(args[2])
	self, errSelf := os.Executable()
	if err != nil || errSelf != nil {
		return 1, true
	}
	// On Linux the priority is the thread's, and a process has that of the
	// thread that starts it.
	runtime.LockOSThread()
	_ = unix.Setpriority(unix.PRIO_PROCESS, 0, lowPriority)
	if runtime.GOOS == "linux" {
		// Where sessions are scheduled against each other (sched(7), autogroup),
		// the priority within one says nothing.
		_ = os.WriteFile("/proc/self/autogroup", []byte(strconv.Itoa(lowPriority)), 0)
	}
	files := []*os.File{os.Stdin, os.Stdout, os.Stderr}
	for i := range n {
		files = append(files, os.NewFile(uintptr(3+i), "inherited"))
	}
	if _, err := os.StartProcess(self, append([]string{"gorun"}, args[3:]...), &os.ProcAttr{Files: files}); err != nil {
		return 1, true
	}
	return 0, true
}
