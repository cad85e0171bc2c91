//go:build amd64 || arm64

package exec

import (
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// What the kernel, and a container around gorun, allow. The questions install nothing
// and change nothing, so they cost microseconds; but a seccomp filter may kill who
// asks. Where gorun runs under a filter a child asks first, and the answer to what has
// killed it is "refused".

// A question is a system call that tells by its error whether it may be used.
type question struct {
	name   string
	number uintptr
	args   [6]uintptr
	self   bool // the first argument is the process ID of who asks
}

var (
	// A filter at address 0 is EFAULT where the flags are known, EINVAL where they are
	// not (seccomp(2)).
	askFilter = question{name: "seccomp user notification", number: unix.SYS_SECCOMP, args: [6]uintptr{
		unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER |
			unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW | unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV}}
	askProcess = question{name: "pidfd_open", number: unix.SYS_PIDFD_OPEN, self: true}
	// Nothing is read: there are no pieces.
	askMemory      = question{name: "process_vm_readv", number: unix.SYS_PROCESS_VM_READV, self: true}
	askWriteMemory = question{name: "process_vm_writev", number: unix.SYS_PROCESS_VM_WRITEV, self: true}
	// EBADF where it is allowed: no descriptor is -1.
	askDescriptor = question{name: "pidfd_getfd", number: unix.SYS_PIDFD_GETFD, args: [6]uintptr{^uintptr(0)}}
	// ESRCH where it is allowed: no process has that number.
	askTrace = question{name: "ptrace", number: unix.SYS_PTRACE, args: [6]uintptr{unix.PTRACE_CONT, math.MaxInt32}}
)

// probe returns the way in which listeners can be kept here, or says why they cannot.
func probe() (way, error) {
	switch errno := askFilter.answer(); errno {
	case unix.EFAULT:
	case unix.EINVAL:
		return 0, errors.New("the kernel is older than Linux 5.19 or built without seccomp filters")
	default:
		return 0, askFilter.refused(errno)
	}
	for _, q := range []question{askProcess, askMemory} {
		if errno := q.answer(); errno != 0 {
			return 0, q.refused(errno)
		}
	}
	// Yama: 1 allows descendants, 2 needs CAP_SYS_PTRACE, 3 allows nobody. It decides
	// about memory and descriptors alike.
	if b, err := os.ReadFile("/proc/sys/kernel/yama/ptrace_scope"); err == nil {
		if err := yamaAllows(strings.TrimSpace(string(b)), hasCapability(os.Getpid(), unix.CAP_SYS_PTRACE)); err != nil {
			return 0, err
		}
	}
	errno := askDescriptor.answer()
	if errno == unix.EBADF {
		return duplicates, nil
	}
	if trace := askTrace.answer(); trace != unix.ESRCH {
		return 0, fmt.Errorf("%w, and so is ptrace (%w)", askDescriptor.refused(errno), trace)
	}
	return ownSockets, nil
}

// yamaAllows says why Yama would keep gorun from its descendants.
func yamaAllows(scope string, tracer bool) error {
	if scope == "3" || scope == "2" && !tracer {
		return fmt.Errorf("kernel.yama.ptrace_scope is %s, which keeps gorun from the program's sockets", scope)
	}
	return nil
}

func (q question) refused(errno unix.Errno) error {
	return fmt.Errorf("%s is refused (%w), by a container's profile perhaps", q.name, errno)
}

// answer asks the kernel.
func (q question) answer() unix.Errno {
	if statusField(os.Getpid(), "Seccomp") != "0" {
		return q.askInChild()
	}
	if q.self {
		q.args[0] = uintptr(os.Getpid())
	}
	value, _, errno := unix.RawSyscall6(q.number, q.args[0], q.args[1], q.args[2], q.args[3], q.args[4], q.args[5])
	if errno == 0 && q.number == unix.SYS_PIDFD_OPEN {
		unix.Close(int(value))
	}
	return errno
}

// askInChild asks in a process of its own. EPERM stands for an answer that was the
// asker's end.
func (q question) askInChild() unix.Errno {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	pid, errno := forkAndAsk(&q)
	if errno != 0 {
		return errno
	}
	var status unix.WaitStatus
	for {
		_, err := unix.Wait4(int(pid), &status, 0, nil)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil || !status.Exited():
			return unix.EPERM
		}
		return unix.Errno(status.ExitStatus())
	}
}

// forkAndAsk returns the process ID of a child that ends with the answer as its exit
// status.
//
// The child is a copy of this thread alone, with the Go runtime in whatever state it
// was: it may only make raw system calls, and must not come to a function that grows
// the stack, where the scheduler could want to take over.
//
//go:nosplit
//go:norace
//go:noinline
func forkAndAsk(q *question) (uintptr, unix.Errno) {
	pid, _, errno := unix.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	if errno != 0 || pid != 0 {
		return pid, errno
	}
	first := q.args[0]
	if q.self {
		first, _, _ = unix.RawSyscall(unix.SYS_GETPID, 0, 0, 0)
	}
	_, _, errno = unix.RawSyscall6(q.number, first, q.args[1], q.args[2], q.args[3], q.args[4], q.args[5])
	for {
		_, _, _ = unix.RawSyscall(unix.SYS_EXIT_GROUP, uintptr(errno), 0, 0)
	}
}
