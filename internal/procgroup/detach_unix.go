//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package procgroup

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"syscall"
)

// detachArg makes gorun the parent of a process that is to be nobody's child: the
// one that wants it may become a program, which must find no children that it has
// not started.
const detachArg = "gorun:detach"

// Detach starts gorun, whose file is self, once more: in a session of its own and as
// nobody's child. It gets this process's environment and folder, no standard output,
// the files as its descriptors from 3 on, and as arguments role and args. On its
// standard input it finds the word that let is called with, or an empty one if this
// process ends before: it waits for that (Word), so that to let it go on costs its
// starter nothing.
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
	// As long as this process runs programs it takes in what has lost its parent,
	// and a program that it becomes would find that among its children. So no
	// keeper is started meanwhile; if one is killed meanwhile, what it keeps is lost.
	keepers.Lock()
	defer keepers.Unlock()
	disown()
	defer adopt() // Become undoes that, too
	p, err := os.StartProcess(self, append([]string{"gorun", detachArg, strconv.Itoa(len(files)), role}, args...), &os.ProcAttr{
		Files: append([]*os.File{r, null, null}, files...),
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	if err == nil {
		var state *os.ProcessState
		if state, err = p.Wait(); err == nil && !state.Success() {
			err = errors.New(state.String())
		}
	}
	if err != nil {
		w.Close()
		return nil, fmt.Errorf("starting gorun once more: %w", err)
	}
	return func(word string) {
		_, _ = io.WriteString(w, word) // where it has died, nobody hears
		w.Close()
	}, nil
}

// Word waits in a detached process for the word of the one that has started it.
func Word() (word string, ok bool) {
	b, err := io.ReadAll(os.Stdin)
	return string(b), err == nil && len(b) > 0
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
	files := []*os.File{os.Stdin, os.Stdout, os.Stderr}
	for i := range n {
		files = append(files, os.NewFile(uintptr(3+i), "inherited"))
	}
	if _, err := os.StartProcess(self, append([]string{"gorun"}, args[3:]...), &os.ProcAttr{Files: files}); err != nil {
		return 1, true
	}
	return 0, true
}
