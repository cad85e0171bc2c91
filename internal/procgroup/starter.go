//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package procgroup

import (
	"cmp"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/gorun-dev/gorun/internal/fdpass"
	"github.com/gorun-dev/gorun/internal/self"
	"github.com/gorun-dev/gorun/internal/startfailure"
)

// A program that is given listeners must find its own process ID in the variable
// LISTEN_PID. The ID is not known before the process is forked. So the forked process
// executes gorun first, in the role of a starter. The starter asks for its own process
// ID, writes it into the program's environment, and executes the program, which keeps
// the ID. That costs what gorun takes to start, about 3 ms, and only where there are
// listeners.
//
// What to start is told to the starter in a file that has no name. As its own
// environment, GODEBUG and the like, which are meant for the program, would act on the
// starter; and a command line can be read (ps) by users who cannot read an environment.
//
// Rejected: to write the ID into the environment between fork and execve (package
// syscall has no hook there), and to start a shell that executes the program.

// An assignment is what a starter must know to become its program.
type assignment struct {
	path      string
	args, env []string
	listeners []int  // the descriptors, as the starter has them
	names     string // of the listeners, with colons between
	report    int    // the descriptor to which a failure is reported; -1 is standard error
}

// starterVersion changes with every change of an assignment.
const starterVersion = "gorun-starter-1"

func (a assignment) encode() []string {
	var numbers []string
	for _, fd := range a.listeners {
		numbers = append(numbers, strconv.Itoa(fd))
	}
	fields := []string{a.path, strings.Join(numbers, ","), a.names, strconv.Itoa(a.report), strconv.Itoa(len(a.args))}
	return slices.Concat(fields, a.args, a.env)
}

func decodeAssignment(f []string) (a assignment, ok bool) {
	const fixed = 5 // fields before the arguments
	if len(f) < fixed {
		return a, false
	}
	for s := range strings.SplitSeq(f[1], ",") {
		fd, err := strconv.Atoi(s)
		if err != nil || fd < 0 {
			return a, false
		}
		a.listeners = append(a.listeners, fd)
	}
	report, err := strconv.Atoi(f[3])
	if err != nil || report < -1 {
		return a, false
	}
	n, err := strconv.Atoi(f[4])
	if err != nil || n < 0 || len(f) < fixed+n {
		return a, false
	}
	a.path, a.names, a.report = f[0], f[2], report
	a.args, a.env = f[fixed:fixed+n:fixed+n], f[fixed+n:]
	return a, true
}

// starterArgs is the command line of a starter of the program at path, whose assignment is
// in the file at descriptor fd. The number is an argument because an execve leaves
// descriptors where they are.
func starterArgs(path string, fd int) []string {
	return []string{self.Name(), StarterRole.Argument + filepath.Base(path) + ")", strconv.Itoa(fd)}
}

// lineUp returns the descriptors and the names of listeners.
func lineUp(ls []Listener) (fds []int, names string) {
	var all []string
	for _, l := range ls {
		fds, all = append(fds, l.FD), append(all, cmp.Or(l.Name, "unknown"))
	}
	return fds, strings.Join(all, ":")
}

func countNames(names string) int {
	if names == "" {
		return 0
	}
	return 1 + strings.Count(names, ":")
}

// forkStarter starts a program by way of a starter. The error is the one with which
// the starter's execve of the program failed.
func forkStarter(m mission, listeners []int, attr *syscall.ProcAttr) (int, error) {
	image, err := self.Image()
	if err != nil {
		return 0, err
	}
	var pipe [2]int
	if err := unix.Pipe(pipe[:]); err != nil {
		return 0, err
	}
	unix.CloseOnExec(pipe[0])
	unix.CloseOnExec(pipe[1])
	defer unix.Close(pipe[0])
	with := *attr
	with.Env = StarterRole.Env()
	with.Files = slices.Clone(attr.Files)
	a := assignment{path: m.path, args: m.args, env: m.env, names: m.listeners}
	pass := func(fd int) (its int) {
		with.Files = append(with.Files, uintptr(fd))
		return len(with.Files) - 1
	}
	for _, fd := range listeners {
		a.listeners = append(a.listeners, pass(fd))
	}
	a.report = pass(pipe[1])
	pid := 0
	file, err := fdpass.WriteFile(starterVersion, a.encode())
	if err == nil {
		pid, err = syscall.ForkExec(image, starterArgs(m.path, pass(file)), &with)
		unix.Close(file)
	}
	unix.Close(pipe[1])
	if err != nil {
		return 0, err
	}
	// The pipe is closed on exec, so its end of file says that the program runs.
	var errno [4]byte
	if n, _ := fdpass.Descriptor(pipe[0]).Read(errno[:]); n == len(errno) {
		for {
			if _, err := unix.Wait4(pid, nil, 0, nil); err != unix.EINTR {
				break
			}
		}
		return 0, syscall.Errno(binary.BigEndian.Uint32(errno[:]))
	}
	return pid, nil
}

// becomeStarter makes this process a starter. It returns only if that failed.
func becomeStarter(spec Spec) error {
	image, err := self.Image()
	if err != nil {
		return err
	}
	a := assignment{path: spec.Path, args: spec.Args, env: spec.Env, report: -1}
	a.listeners, a.names = lineUp(spec.Listeners)
	file, err := fdpass.WriteFile(starterVersion, a.encode())
	if err != nil {
		return err
	}
	defer unix.Close(file)
	for _, fd := range append(slices.Clone(a.listeners), file) {
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, 0); err != nil {
			return os.NewSyscallError("fcntl", err)
		}
	}
	return syscall.Exec(image, starterArgs(spec.Path, file), StarterRole.Env())
}

// runStarter is the starter's role. It returns if it failed.
func runStarter(args []string) (status int) {
	if len(args) != 3 {
		return 1
	}
	file, err := strconv.Atoi(args[2])
	if err != nil {
		return 1
	}
	endByDefault() // what is sent to the program
	fields, err := fdpass.ReadFile(file, starterVersion)
	if err != nil {
		return 1
	}
	a, ok := decodeAssignment(fields)
	if !ok {
		return 1
	}
	if a.report >= 0 {
		unix.CloseOnExec(a.report)
	}
	env := slices.DeleteFunc(a.env, func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return name == "LISTEN_PID" || name == "LISTEN_FDS" || name == "LISTEN_FDNAMES"
	})
	env = append(env,
		"LISTEN_PID="+strconv.Itoa(os.Getpid()),
		"LISTEN_FDS="+strconv.Itoa(len(a.listeners)),
		"LISTEN_FDNAMES="+a.names,
	)
	err = fdpass.Renumber(a.listeners)
	if err == nil {
		err = syscall.Exec(a.path, a.args, env)
	}
	errno, _ := err.(syscall.Errno)
	if a.report >= 0 {
		_, _ = unix.Write(a.report, binary.BigEndian.AppendUint32(nil, uint32(errno)))
	} else {
		os.Stderr.WriteString("gorun: " + startfailure.Diagnose(a.path, "", errno).Error() + "\n")
	}
	return 1
}
