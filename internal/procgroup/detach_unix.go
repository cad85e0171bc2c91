//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package procgroup

import (
	"fmt"
	"io"
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

// Detach prepares to start gorun, whose file is self, once more: in a session of
// its own, at the lowest priority, and as nobody's child. It will have this process's
// environment and folder, no standard input and output, the files as its
// descriptors from 3 on, and as arguments role, the word that let is called with, and
// args. With an empty word, or if this process ends before, it is not started.
//
// What waits between is a process that is started now, because whoever builds
// leaves processors idle. let is called last, after everything that starts a
// process: as long as this process runs programs it takes in what has lost its
// parent, and a program that it becomes would find that among its children.
func Detach(self, role string, args []string, files ...*os.File) (let func(word string), err error) {
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
	p, err := os.StartProcess(self, append([]string{"gorun", detachArg, strconv.Itoa(len(files)), role}, args...), &os.ProcAttr{
		Files: append(all, r),
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		w.Close()
		return nil, fmt.Errorf("starting gorun once more: %w", err)
	}
	return func(word string) {
		disown()
		_, _ = io.WriteString(w, word) // where it has died, nothing is started
		w.Close()
		_, _ = p.Wait()
		adopt() // Become undoes that, too
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
	word, err := io.ReadAll(os.NewFile(uintptr(3+n), "pipe"))
	if err != nil || len(word) == 0 {
		return 0, true
	}
	argv := append([]string{"gorun", args[3], string(word)}, args[4:]...)
	if _, err := os.StartProcess(self, argv, &os.ProcAttr{Files: files}); err != nil {
		return 1, true
	}
	return 0, true
}
