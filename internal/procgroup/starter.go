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
)

// A program that is given listeners finds its own process ID in LISTEN_PID, which
// nobody knows before it is forked. So the fork executes gorun first, in the role
// of a starter, which knows its ID, and the starter executes the program. It
// costs what gorun takes to start, about 3 ms, and only where there are listeners.
//
// All is on its command line, the program's environment too: in its own
// environment GODEBUG and the like would act on it. It is there for those few
// milliseconds, and for nobody to see whom the program's would not be.
//
// Rejected: to write the number into the environment between fork and execve,
// which package syscall has no hook for, and a shell that does `exec`.

const starterArg = "(starter of "

// starterArgs says what to start, which descriptors are the listeners, with
// which names, and where to report a failure (-1 is standard error).
func starterArgs(path string, args, env []string, fds []int, names string, report int) []string {
	var numbers []string
	for _, fd := range fds {
		numbers = append(numbers, strconv.Itoa(fd))
	}
	all := []string{
		ownName(), starterArg + filepath.Base(path) + ")",
		strings.Join(numbers, ","), names, strconv.Itoa(report), path, strconv.Itoa(len(args)),
	}
	return slices.Concat(all, args, env)
}

func isStarter(args []string) bool {
	return len(args) >= 7 && strings.HasPrefix(args[1], starterArg)
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

// forkStarter starts a program by a starter. An error is that of execve, as if
// there were none between.
func forkStarter(m mission, listeners []int, attr *syscall.ProcAttr) (int, error) {
	self, err := executable()
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
	with.Env = roleEnv("starter")
	with.Files = slices.Clone(attr.Files)
	var fds []int // as the starter has them
	for _, fd := range listeners {
		fds = append(fds, len(with.Files))
		with.Files = append(with.Files, uintptr(fd))
	}
	report := len(with.Files)
	with.Files = append(with.Files, uintptr(pipe[1]))
	pid, err := syscall.ForkExec(self, starterArgs(m.path, m.args, m.env, fds, m.listeners, report), &with)
	unix.Close(pipe[1])
	if err != nil {
		return 0, err
	}
	// Its end of file is the program's beginning.
	var errno [4]byte
	if n, _ := descriptor(pipe[0]).Read(errno[:]); n == len(errno) {
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
	self, err := executable()
	if err != nil {
		return err
	}
	fds, names := lineUp(spec.Listeners)
	for _, fd := range fds {
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, 0); err != nil {
			return os.NewSyscallError("fcntl", err)
		}
	}
	return syscall.Exec(self, starterArgs(spec.Path, spec.Args, spec.Env, fds, names, -1), roleEnv("starter"))
}

// startProgram is the starter's role. It returns if it failed.
func startProgram(args []string) int {
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
		return strings.HasPrefix(kv, "LISTEN_PID=") || strings.HasPrefix(kv, "LISTEN_FDS=") || strings.HasPrefix(kv, "LISTEN_FDNAMES=")
	})
	env = append(env, "LISTEN_PID="+strconv.Itoa(os.Getpid()), "LISTEN_FDS="+strconv.Itoa(len(fds)), "LISTEN_FDNAMES="+names)
	err = line(fds)
	if err == nil {
		err = syscall.Exec(path, rest[:n], env)
	}
	errno, _ := err.(syscall.Errno)
	if report >= 0 {
		_, _ = unix.Write(report, binary.BigEndian.AppendUint32(nil, uint32(errno)))
	} else {
		os.Stderr.WriteString("gorun: " + diagnose(Spec{Path: path, Args: rest[:n]}, errno).Error() + "\n")
	}
	return 1
}

// line puts descriptors in a line from 3 on. Nothing else is open there, as
// nobody asked the runtime for its poller.
func line(fds []int) error {
	for i, fd := range fds {
		if fd < 3+len(fds) && fd != 3+i {
			// In another's place, perhaps.
			moved, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3+len(fds))
			if err != nil {
				return err
			}
			unix.Close(fd)
			fds[i] = moved
		}
	}
	for i, fd := range fds {
		if fd == 3+i {
			continue
		}
		if err := unix.Dup2(fd, 3+i); err != nil {
			return err
		}
		unix.Close(fd)
	}
	return nil
}
