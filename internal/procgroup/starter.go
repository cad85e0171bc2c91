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
// The starter gets the program's environment as arguments on its own command line. As
// its own environment, GODEBUG and the like, which are meant for the program, would act
// on the starter. The command line can be read (ps) for those 3 ms, by users who
// could not read the program's environment later.
//
// Rejected: to write the ID into the environment between fork and execve (package
// syscall has no hook there), and to start a shell that executes the program.

// starterArgs is the command line of a starter: what to start, which descriptors are
// the listeners, what they are called, and to which descriptor a failure is reported
// (-1 is standard error).
func starterArgs(path string, args, env []string, fds []int, names string, report int) []string {
	var numbers []string
	for _, fd := range fds {
		numbers = append(numbers, strconv.Itoa(fd))
	}
	all := []string{
		self.Name(), StarterRole.Argument + filepath.Base(path) + ")",
		strings.Join(numbers, ","), names, strconv.Itoa(report), path, strconv.Itoa(len(args)),
	}
	return slices.Concat(all, args, env)
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
	var fds []int // as the starter has them
	for _, fd := range listeners {
		fds = append(fds, len(with.Files))
		with.Files = append(with.Files, uintptr(fd))
	}
	report := len(with.Files)
	with.Files = append(with.Files, uintptr(pipe[1]))
	pid, err := syscall.ForkExec(image, starterArgs(m.path, m.args, m.env, fds, m.listeners, report), &with)
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
	fds, names := lineUp(spec.Listeners)
	for _, fd := range fds {
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, 0); err != nil {
			return os.NewSyscallError("fcntl", err)
		}
	}
	return syscall.Exec(image, starterArgs(spec.Path, spec.Args, spec.Env, fds, names, -1), StarterRole.Env())
}

// runStarter is the starter's role. It returns if it failed.
func runStarter(args []string) (status int) {
	if len(args) < 7 {
		return 1
	}
	endByDefault() // what is sent to the program
	numbers, names, path := args[2], args[3], args[5]
	report, _ := strconv.Atoi(args[4])
	n, err := strconv.Atoi(args[6])
	rest := args[7:]
	if err != nil || n < 0 || n > len(rest) {
		return 1
	}
	if report >= 0 {
		unix.CloseOnExec(report)
	}
	var fds []int
	for s := range strings.SplitSeq(numbers, ",") {
		fd, err := strconv.Atoi(s)
		if err != nil {
			return 1
		}
		fds = append(fds, fd)
	}
	env := slices.DeleteFunc(slices.Clone(rest[n:]), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return name == "LISTEN_PID" || name == "LISTEN_FDS" || name == "LISTEN_FDNAMES"
	})
	env = append(env,
		"LISTEN_PID="+strconv.Itoa(os.Getpid()),
		"LISTEN_FDS="+strconv.Itoa(len(fds)),
		"LISTEN_FDNAMES="+names,
	)
	err = fdpass.Renumber(fds)
	if err == nil {
		err = syscall.Exec(path, rest[:n], env)
	}
	errno, _ := err.(syscall.Errno)
	if report >= 0 {
		_, _ = unix.Write(report, binary.BigEndian.AppendUint32(nil, uint32(errno)))
	} else {
		os.Stderr.WriteString("gorun: " + startfailure.Diagnose(path, "", errno).Error() + "\n")
	}
	return 1
}
