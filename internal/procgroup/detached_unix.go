//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package procgroup

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// detachedArg makes gorun a detached process that waits for what it is to become.
const detachedArg = "(detached)"

// becomePatience is how long Become waits for a detached process that does not read,
// which it does at once unless it was stopped.
const becomePatience = time.Second

// A Detached is a process that is nobody's child: the one that wants it may become a
// program, which must find no children that it has not started. So what starts it is
// a process below that one, which ends before: whoever has Stdin as its standard
// input and calls StartDetached. The detached process waits until it is told what to
// become, or until the one that wanted it is gone.
//
// Whoever starts what is below is a plain child ([Spec.Plain]): the one with a keeper
// has this process take in what lost its parent.
//
// Rejected: a process in between, for nothing else. It takes as long to start as
// gorun, while there is something better for the processors to do.
type Detached struct {
	Stdin *os.File
	conn  *os.File
}

// NewDetached prepares a detached process.
func NewDetached() (*Detached, error) {
	mine, its, err := socketpair()
	if err != nil {
		return nil, os.NewSyscallError("socketpair", err)
	}
	_ = unix.SetNonblock(mine, true)
	return &Detached{Stdin: os.NewFile(uintptr(its), "detached"), conn: os.NewFile(uintptr(mine), "detached")}, nil
}

// Become says what to become: this executable with these arguments, and with the
// environment and the directory of this process, no standard streams, and the files as
// its descriptors from 3 on. Nothing can be said after it. An error may mean that
// StartDetached was not called.
func (d *Detached) Become(args []string, files ...*os.File) error {
	defer d.Close()
	d.Stdin.Close() // so that there is nobody to hear it if there is no detached process
	_ = d.conn.SetWriteDeadline(time.Now().Add(becomePatience))
	m, fds, done, err := detachedMission(args, files)
	if err != nil {
		return err
	}
	defer done()
	return sendMission(d.conn, m, fds)
}

// Close lets a detached process end that has not been told what to become.
func (d *Detached) Close() {
	if d != nil {
		d.Stdin.Close()
		d.conn.Close()
	}
}

// detachedMission is what Become sends; done is for when it was.
func detachedMission(args []string, files []*os.File) (m mission, fds []int, done func(), err error) {
	// By its path, after which the process is named.
	if m.path, err = os.Executable(); err != nil {
		return m, nil, nil, err
	}
	if m.dir, err = os.Getwd(); err != nil {
		return m, nil, nil, err
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return m, nil, nil, err
	}
	m.args, m.env = append([]string{ownName()}, args...), os.Environ()
	var ls []Listener
	for _, f := range files {
		ls = append(ls, Listener{FD: int(f.Fd()), Name: "file"})
	}
	fds, m.listeners = lineUp(ls)
	return m, append([]int{int(null.Fd()), int(null.Fd()), int(null.Fd())}, fds...), func() { null.Close() }, m.check()
}

// StartDetached starts the process that is prepared at this one's standard input,
// in a session of its own.
func StartDetached() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	_, err = syscall.ForkExec(self, []string{ownName(), detachedArg}, &syscall.ProcAttr{
		Env:   roleEnv("detached"),
		Files: []uintptr{0, null.Fd(), null.Fd()},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	return err
}

func isDetached(args []string) bool { return len(args) == 2 && args[1] == detachedArg }

// becomeDetached is the role from start to end.
func becomeDetached() int {
	m, files, err := receiveMission(0)
	if err != nil {
		return 0 // it is not wanted
	}
	if err := syscall.Chdir(m.dir); err != nil {
		return 1
	}
	for i, fd := range files[:3] {
		if err := unix.Dup2(fd, i); err != nil {
			return 1
		}
		unix.Close(fd)
	}
	if err := line(files[3:]); err != nil {
		return 1
	}
	_ = syscall.Exec(m.path, m.args, m.env)
	return 1
}

// StartSurvivor starts this executable with these arguments in a session of its own,
// with no standard streams, and the files as its descriptors from 3 on. It is this
// process's child, and goes on when this one ends.
func StartSurvivor(args []string, files ...*os.File) error {
	m, fds, done, err := detachedMission(args, files)
	if err != nil {
		return err
	}
	defer done()
	attr := &syscall.ProcAttr{Env: m.env, Sys: &syscall.SysProcAttr{Setsid: true}}
	for _, fd := range fds {
		attr.Files = append(attr.Files, uintptr(fd))
	}
	keepers.Lock()
	defer keepers.Unlock()
	reapOrphans()
	pid, err := syscall.ForkExec(m.path, m.args, attr)
	if err != nil {
		return fmt.Errorf("starting gorun once more: %s: %w", strings.Join(m.args, " "), err)
	}
	keepers.orphans = append(keepers.orphans, pid)
	return nil
}
