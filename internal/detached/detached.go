//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package detached

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gorun-dev/gorun/internal/fdpass"
	"github.com/gorun-dev/gorun/internal/procgroup"
	"github.com/gorun-dev/gorun/internal/self"
)

// becomePatience is how long Become waits for a detached process that does not read,
// which it does at once unless it was stopped.
const becomePatience = time.Second

// wireVersion changes with every change of what Become sends, the arguments of
// a recorder included: the executable may have been replaced by another version since
// gorun started.
const wireVersion = "gorun-detached-1"

// A Process is nobody's child. Its parent must have ended before it is of use, so it
// is started by a process below the one that wants it: a child that has Stdin as its
// standard input and calls [StartWaiting]. The process then waits until it hears what
// to become, or until the one that wanted it is gone.
//
// The child has to be a plain one (procgroup.Spec.Plain): whoever starts a program with
// a keeper takes in the processes that lose their parent, and this would be one.
//
// Rejected: a process in between that does nothing else. It takes as long to start as
// gorun, while there is something better for the processors to do.
type Process struct {
	Stdin *os.File
	conn  *os.File
}

// Prepare makes what it takes to start and to command a detached process.
func Prepare() (*Process, error) {
	mine, its, err := fdpass.Socketpair()
	if err != nil {
		return nil, err
	}
	_ = unix.SetNonblock(mine, true)
	return &Process{Stdin: os.NewFile(uintptr(its), "detached"), conn: os.NewFile(uintptr(mine), "detached")}, nil
}

// Become says what to become: gorun with these arguments, with the environment and the
// directory of this process, no standard streams, and the files as its descriptors
// from 3 on. It is the last thing that can be said. An error may mean that
// StartWaiting was not called.
func (p *Process) Become(args []string, files ...*os.File) error {
	defer p.Close()
	p.Stdin.Close() // so that sending fails where there is no process at the other end
	_ = p.conn.SetWriteDeadline(time.Now().Add(becomePatience))
	c, done, err := newCommand(args, files)
	if err != nil {
		return err
	}
	defer done()
	return fdpass.Send(p.conn, wireVersion, c.encode(), c.descriptors)
}

// Close lets a detached process end that has not heard what to become.
func (p *Process) Close() {
	if p != nil {
		p.Stdin.Close()
		p.conn.Close()
	}
}

// StartWaiting starts the process that is prepared at this one's standard input,
// in a session of its own.
func StartWaiting() error {
	path, err := self.File()
	if err != nil {
		return err
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	_, err = syscall.ForkExec(path, []string{self.Name(), Role.Argument}, &syscall.ProcAttr{
		Env:   Role.Env(),
		Files: []uintptr{0, null.Fd(), null.Fd()},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	return err
}

// becomeCommand is the role from start to end.
func becomeCommand([]string) (status int) {
	fields, descriptors, err := fdpass.Receive(0, wireVersion)
	if err != nil {
		return 0 // it is not wanted
	}
	c, ok := decodeCommand(fields)
	if !ok || len(descriptors) < 3 {
		return 1
	}
	path, err := self.File() // and not /proc/self/exe, which would be the name that ps shows
	if err != nil {
		return 1
	}
	if err := syscall.Chdir(c.dir); err != nil {
		return 1
	}
	for i, fd := range descriptors[:3] {
		if err := unix.Dup2(fd, i); err != nil {
			return 1
		}
		unix.Close(fd)
	}
	if err := fdpass.Renumber(descriptors[3:]); err != nil {
		return 1
	}
	_ = syscall.Exec(path, c.args, c.env)
	return 1
}

// StartSurvivor starts gorun with these arguments in a session of its own, with no
// standard streams, and the files as its descriptors from 3 on. It is this process's
// child, and goes on when this one ends.
func StartSurvivor(args []string, files ...*os.File) error {
	path, err := self.File()
	if err != nil {
		return err
	}
	c, done, err := newCommand(args, files)
	if err != nil {
		return err
	}
	defer done()
	attr := &syscall.ProcAttr{Env: c.env, Sys: &syscall.SysProcAttr{Setsid: true}}
	for _, fd := range c.descriptors {
		attr.Files = append(attr.Files, uintptr(fd))
	}
	err = procgroup.StartSpared(func() (int, error) { return syscall.ForkExec(path, c.args, attr) })
	if err != nil {
		return fmt.Errorf("starting gorun once more: %s: %w", strings.Join(c.args, " "), err)
	}
	return nil
}

// A command is what a process that outlives this one is to run.
type command struct {
	dir         string
	args, env   []string
	descriptors []int // the standard streams, then the files
}

// newCommand is gorun with these arguments; done is for when it was sent or started.
func newCommand(args []string, files []*os.File) (c command, done func(), err error) {
	if c.dir, err = os.Getwd(); err != nil {
		return c, nil, err
	}
	c.args, c.env = append([]string{self.Name()}, args...), os.Environ()
	if err := fdpass.Check(c.encode()); err != nil {
		return c, nil, err
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return c, nil, err
	}
	fd := int(null.Fd())
	c.descriptors = []int{fd, fd, fd}
	for _, f := range files {
		c.descriptors = append(c.descriptors, int(f.Fd()))
	}
	return c, func() { null.Close() }, nil
}

func (c command) encode() []string {
	fields := append([]string{c.dir, strconv.Itoa(len(c.args))}, c.args...)
	return append(fields, c.env...)
}

func decodeCommand(f []string) (c command, ok bool) {
	const fixed = 2 // fields before the arguments
	if len(f) < fixed {
		return c, false
	}
	n, err := strconv.Atoi(f[1])
	if err != nil || n < 0 || len(f) < fixed+n {
		return c, false
	}
	return command{dir: f[0], args: f[fixed : fixed+n], env: f[fixed+n:]}, true
}
