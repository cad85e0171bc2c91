//go:build amd64 || arm64

package exec

import (
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// What the kernel, and a container around gorun, allow. The questions install nothing
// and change nothing, so they cost microseconds; but a seccomp filter may kill who
// asks. Where gorun runs under a filter a child asks first, and the answer to what has
// killed it is "refused".

// A question is a system call that tells by its error whether it may be used.
type question struct {
	name string
	ask  func() unix.Errno // nothing but raw system calls
}

var (
	askFilter = question{"seccomp user notification", func() unix.Errno {
		// A filter at address 0 is EFAULT where the flags are known, EINVAL where they
		// are not (seccomp(2)).
		const flags = unix.SECCOMP_FILTER_FLAG_NEW_LISTENER | unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW |
			unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
		_, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, 0)
		return errno
	}}
	askProcess = question{"pidfd_open", func() unix.Errno {
		fd, _, errno := unix.RawSyscall(unix.SYS_PIDFD_OPEN, ownPid(), 0, 0)
		if errno == 0 {
			_, _, _ = unix.RawSyscall(unix.SYS_CLOSE, fd, 0, 0)
		}
		return errno
	}}
	askMemory = question{"process_vm_readv", func() unix.Errno {
		_, _, errno := unix.RawSyscall6(unix.SYS_PROCESS_VM_READV, ownPid(),
			uintptr(unsafe.Pointer(&readFrom)), 1, uintptr(unsafe.Pointer(&readFrom)), 1, 0)
		return errno
	}}
	askDescriptor = question{"pidfd_getfd", func() unix.Errno {
		// EBADF where it is allowed: no descriptor is -1.
		_, _, errno := unix.RawSyscall(unix.SYS_PIDFD_GETFD, ^uintptr(0), 0, 0)
		return errno
	}}
	askTrace = question{"ptrace", func() unix.Errno {
		// ESRCH where it is allowed: no process has that number.
		_, _, errno := unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_CONT, math.MaxInt32, 0, 0, 0, 0)
		return errno
	}}
)

// readFrom is a byte that askMemory reads onto itself; struct iovec on either side. It
// stands here as a child that asks may not allocate.
var readFrom = unix.Iovec{Base: new(byte), Len: 1}

func ownPid() uintptr {
	pid, _, _ := unix.RawSyscall(unix.SYS_GETPID, 0, 0, 0)
	return pid
}

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
	if statusField(os.Getpid(), "Seccomp") == "0" {
		return q.ask()
	}
	return q.askInChild()
}

// askInChild asks in a process of its own. EPERM stands for an answer that was the
// asker's end.
//
// The child is a copy of this thread alone, with the Go runtime in whatever state it
// was; it may do nothing but raw system calls.
func (q question) askInChild() unix.Errno {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	pid, errno := fork(q.ask)
	if errno != 0 {
		return errno
	}
	var status unix.WaitStatus
	pause := unix.NsecToTimespec(int64(askPause))
	for end := time.Now().Add(askPatience); ; {
		got, err := unix.Wait4(int(pid), &status, unix.WNOHANG, nil)
		switch {
		case got == int(pid) && status.Exited():
			return unix.Errno(status.ExitStatus())
		case got == int(pid), err != nil && err != unix.EINTR:
			return unix.EPERM
		case time.Now().After(end):
			_ = unix.Kill(int(pid), unix.SIGKILL) // and the next look finds it
		}
		_ = unix.Nanosleep(&pause, nil)
	}
}

const (
	// askPause is a fraction of what the child takes.
	askPause = 100 * time.Microsecond
	// askPatience is for a child that the filter has stopped, or that waits for
	// another thread of gorun's, which it does not have.
	askPatience = time.Second
)

// fork returns the process ID of a child that ends with the error of a question as its
// exit status.
//
//go:norace
func fork(ask func() unix.Errno) (uintptr, unix.Errno) {
	pid, _, errno := unix.RawSyscall6(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0, 0, 0, 0)
	if errno != 0 || pid != 0 {
		return pid, errno
	}
	status := ask()
	for {
		_, _, _ = unix.RawSyscall(unix.SYS_EXIT_GROUP, uintptr(status), 0, 0)
	}
}
