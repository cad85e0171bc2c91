//go:build amd64 || arm64

package exec

import (
	"encoding/binary"
	"errors"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The protocol of seccomp user notification, as seccomp(2) and
// seccomp_unotify(2) describe it: the filter, the notification descriptor, its
// requests. Kernel versions:
//
//	5.0   SECCOMP_RET_USER_NOTIF
//	5.5   SECCOMP_USER_NOTIF_FLAG_CONTINUE
//	5.6   pidfd_getfd(2)
//	5.9   SECCOMP_IOCTL_NOTIF_ADDFD
//	5.19  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
//
// Few system calls are handed on (calls_linux.go). Since 5.11 the kernel keeps a bitmap
// of system calls that a filter always allows and does not run it for them.

// A trap says which calls of one system call are handed to gorun.
type trap struct {
	number uint32
	tests  []argumentTest // all must hold
}

// An argumentTest compares the lower half of an argument: argument & mask == value.
type argumentTest struct{ argument, mask, value uint32 }

// seccompFilter returns a filter that hands the trapped calls of this architecture to
// the listener and allows all else. A number means a call only together with the
// architecture.
func seccompFilter(traps []trap) []byte {
	const (
		load   = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		equal  = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		and    = unix.BPF_ALU | unix.BPF_AND | unix.BPF_K
		answer = unix.BPF_RET | unix.BPF_K

		// In struct seccomp_data; the lower half of an argument comes first on the
		// machines that are meant, which are little-endian.
		offsetNumber, offsetArch, offsetArguments = 0, 4, 16
	)
	list := []unix.SockFilter{
		{Code: load, K: offsetArch},
		{Code: equal, K: auditArch, Jt: 1},
		{Code: answer, K: unix.SECCOMP_RET_ALLOW},
	}
	for _, t := range traps {
		rest := 3*len(t.tests) + 1 // instructions from after the number's test to the next trap
		list = append(list,
			unix.SockFilter{Code: load, K: offsetNumber},
			unix.SockFilter{Code: equal, K: t.number, Jf: uint8(rest)})
		for _, test := range t.tests {
			rest -= 3
			list = append(list,
				unix.SockFilter{Code: load, K: offsetArguments + 8*test.argument},
				unix.SockFilter{Code: and, K: test.mask},
				unix.SockFilter{Code: equal, K: test.value, Jf: uint8(rest)})
		}
		list = append(list, unix.SockFilter{Code: answer, K: unix.SECCOMP_RET_USER_NOTIF})
	}
	list = append(list, unix.SockFilter{Code: answer, K: unix.SECCOMP_RET_ALLOW})
	var code []byte
	for _, i := range list {
		code = binary.NativeEndian.AppendUint16(code, i.Code)
		code = append(code, i.Jt, i.Jf)
		code = binary.NativeEndian.AppendUint32(code, i.K)
	}
	return code
}

// A notification is struct seccomp_notif: a thread waits for the answer to a
// system call.
type notification struct {
	id     uint64
	thread uint32 // in the reader's PID namespace
	flags  uint32
	number int32 // and from here struct seccomp_data
	arch   uint32
	ip     uint64
	args   [6]uint64
}

// response is struct seccomp_notif_resp.
type response struct {
	id    uint64
	value int64
	errno int32 // negative
	flags uint32
}

// addition is struct seccomp_notif_addfd.
type addition struct {
	id       uint64
	flags    uint32
	from, to uint32
	fdFlags  uint32
}

// A notifyFD receives a program's notifications.
type notifyFD struct {
	file *os.File
	end  *os.File // an event: receive is to return
}

func ioctl(fd uintptr, request uint, arg unsafe.Pointer) (result int, err error) {
	for {
		r, _, errno := unix.Syscall(unix.SYS_IOCTL, fd, uintptr(request), uintptr(arg))
		switch errno {
		case 0:
			return int(r), nil
		case unix.EINTR:
		default:
			return -1, errno
		}
	}
}

// receive waits for the next notification. The error is not nil when there will
// be none: it was stopped, or nobody lives who has the filter.
//
// It asks before it receives, as the request blocks a thread when the notification is gone
// by then.
//
// Rejected: to wait in the runtime's poller, by way of which each answer takes a thread's
// wakeup more, on whatever processor is idle.
func (f notifyFD) receive() (n notification, err error) {
	poll := []unix.PollFd{{Fd: int32(f.file.Fd()), Events: unix.POLLIN}, {Fd: int32(f.end.Fd()), Events: unix.POLLIN}}
	for {
		_, err := unix.Poll(poll, -1)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil || poll[0].Revents&unix.POLLIN == 0 || poll[1].Revents != 0:
			return n, os.ErrClosed
		}
		n = notification{} // the kernel insists
		_, err = f.control(unix.SECCOMP_IOCTL_NOTIF_RECV, unsafe.Pointer(&n))
		if err != unix.ENOENT { // its thread was killed
			return n, err
		}
	}
}

// valid reports whether the thread still waits. What was learned about it from
// its number before is then true.
func (f notifyFD) valid(n *notification) bool {
	_, err := f.control(unix.SECCOMP_IOCTL_NOTIF_ID_VALID, unsafe.Pointer(&n.id))
	return err == nil
}

// proceed lets the kernel carry the call out.
func (f notifyFD) proceed(n *notification) {
	f.respond(response{id: n.id, flags: unix.SECCOMP_USER_NOTIF_FLAG_CONTINUE})
}

// answer makes the call return 0, or fail.
func (f notifyFD) answer(n *notification, errno unix.Errno) {
	f.respond(response{id: n.id, errno: -int32(errno)})
}

// respond ends the thread's wait. An error here means that the thread is gone.
func (f notifyFD) respond(r response) {
	_, _ = f.control(unix.SECCOMP_IOCTL_NOTIF_SEND, unsafe.Pointer(&r))
}

// replace puts our descriptor from in the place of the program's descriptor to.
func (f notifyFD) replace(n *notification, from, to int, fdFlags uint32) error {
	a := addition{id: n.id, flags: unix.SECCOMP_ADDFD_FLAG_SETFD, from: uint32(from), to: uint32(to), fdFlags: fdFlags}
	_, err := f.control(unix.SECCOMP_IOCTL_NOTIF_ADDFD, unsafe.Pointer(&a))
	return err
}

func (f notifyFD) control(request uint, arg unsafe.Pointer) (result int, err error) {
	raw, err := f.file.SyscallConn()
	if err != nil {
		return -1, err
	}
	if cerr := raw.Control(func(fd uintptr) { result, err = ioctl(fd, request, arg) }); cerr != nil {
		return -1, cerr
	}
	return result, err
}

// stop ends receive. Only after that the notifyFD is closed.
func (f notifyFD) stop() { _, _ = f.end.Write([]byte{1, 0, 0, 0, 0, 0, 0, 0}) }

func (f notifyFD) close() {
	f.file.Close()
	f.end.Close()
}

// receiveNotifyFD reads what procgroup's keeper sends about the filter.
func receiveNotifyFD(socket int) (notifyFD, error) {
	var word [4]byte
	oob := make([]byte, unix.CmsgSpace(4))
	n, oobn, _, _, err := unix.Recvmsg(socket, word[:], oob, unix.MSG_CMSG_CLOEXEC)
	for err == unix.EINTR {
		n, oobn, _, _, err = unix.Recvmsg(socket, word[:], oob, unix.MSG_CMSG_CLOEXEC)
	}
	if err != nil {
		return notifyFD{}, os.NewSyscallError("recvmsg", err)
	}
	if n != len(word) {
		return notifyFD{}, errors.New("the program's keeper said nothing about the filter")
	}
	if errno := unix.Errno(binary.BigEndian.Uint32(word[:])); errno != 0 {
		return notifyFD{}, os.NewSyscallError("seccomp", errno)
	}
	messages, err := unix.ParseSocketControlMessage(oob[:oobn])
	if err != nil || len(messages) != 1 {
		return notifyFD{}, errors.New("the notification descriptor got lost")
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		return notifyFD{}, errors.New("the notification descriptor got lost")
	}
	end, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
	if err != nil {
		unix.Close(fds[0])
		return notifyFD{}, os.NewSyscallError("eventfd", err)
	}
	// The two threads work in turns, so one processor is enough, and saves the waking of
	// another. Linux 6.6 can do that.
	_, _, _ = unix.Syscall(unix.SYS_IOCTL, uintptr(fds[0]), unix.SECCOMP_IOCTL_NOTIF_SET_FLAGS,
		unix.SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP)
	return notifyFD{os.NewFile(uintptr(fds[0]), "seccomp"), os.NewFile(uintptr(end), "end")}, nil
}
