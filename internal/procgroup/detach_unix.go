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

// detachArg makes gorun the parent of a process that is to be nobody's child: the
// one that wants it may become a program, which must find no children that it has
// not started.
const detachArg = "gorun:detach"

// lowPriority is the lowest: what is detached is done while nothing else is to do.
const lowPriority = 19

// Detach starts gorun, whose file is self, once more with these arguments (the
// first is what follows the name), in a session of its own and at the lowest
// priority. It has this process's environment and folder, no standard input and
// output, and the files as its descriptors from 3 on.
//
// It is no child of this process, but of one in between, which ends when let is
// called or this process ends. Only then it is nobody's: as long as this process
// runs programs it takes in what has lost its parent, and a program that it
// becomes would find that among its children. So let is called last, after
// everything that starts a process.
func Detach(self string, args []string, files ...*os.File) (let func(), err error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	all := append([]*os.File{null, null, null}, files...)
	p, err := os.StartProcess(self, append([]string{"gorun", detachArg, strconv.Itoa(len(files))}, args...), &os.ProcAttr{
		Files: append(all, r),
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		w.Close()
		return nil, fmt.Errorf("starting gorun once more: %w", err)
	}
	return func() {
		disown()
		w.Close()
		_, _ = p.Wait() // what was detached tells the caller how it is, or does not
		adopt()         // Become undoes that, too
	}, nil
}

// detach is the process in between.
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
	// Nobody writes to the pipe: its end is the word to go.
	_, _ = os.NewFile(uintptr(3+n), "pipe").Read(make([]byte, 1))
	return 0, true
}
