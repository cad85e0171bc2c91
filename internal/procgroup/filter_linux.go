package procgroup

import (
	"encoding/binary"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// sendFilter installs a seccomp filter and sends its listener to the socket to.
//
// It is the calling thread's filter, and that thread forks the program, which
// inherits it: no process in between, no time lost. The keeper itself makes none
// of the system calls that such a filter is about, on no thread.
func sendFilter(to int, code []byte) {
	fd, err := installFilter(code)
	if err == unix.EACCES {
		// Without CAP_SYS_ADMIN the kernel wants this first: a set-user-ID
		// program could be fooled by a filter (seccomp(2)).
		if err = unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err == nil {
			fd, err = installFilter(code)
		}
	}
	var rights []byte
	errno, _ := err.(syscall.Errno)
	if err == nil {
		rights = unix.UnixRights(fd)
	}
	_ = unix.Sendmsg(to, binary.BigEndian.AppendUint32(nil, uint32(errno)), rights, nil, 0)
	if err == nil {
		unix.Close(fd)
	}
}

// filterFlags: the listener (5.0); no speculation mitigations that the program
// would not have had (4.17); and a notification that was received is cancelled
// by fatal signals only (5.19), or Go's preemption signals would cancel most.
const filterFlags = unix.SECCOMP_FILTER_FLAG_NEW_LISTENER | unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW |
	unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV

func installFilter(code []byte) (int, error) {
	n := len(code) / int(unsafe.Sizeof(unix.SockFilter{}))
	if n == 0 {
		return -1, unix.EINVAL
	}
	instructions := make([]unix.SockFilter, n)
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&instructions[0])), n*int(unsafe.Sizeof(instructions[0]))), code)
	prog := unix.SockFprog{Len: uint16(n), Filter: &instructions[0]}
	fd, _, errno := unix.Syscall(unix.SYS_SECCOMP,
		unix.SECCOMP_SET_MODE_FILTER, filterFlags, uintptr(unsafe.Pointer(&prog)))
	if errno != 0 {
		return -1, errno
	}
	return int(fd), nil // closed on exec, as the kernel makes it
}
