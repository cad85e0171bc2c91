//go:build amd64 || arm64

package exec

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Where pidfd_getfd(2) is refused, as by Docker's default profile, gorun gets the
// connections of a program that is to end by ptrace(2), which such profiles allow: the
// main thread is stopped for a moment and made to send the descriptors to gorun
// (SCM_RIGHTS), with system calls of gorun's choice. It is done when a swap begins, to
// a program that is told to end right after; no running version is touched.
//
// The thread needs memory for that, and its stack may be a goroutine's, with no room
// below it; so it maps a page first. Whatever fails, its registers and its signal mask
// are put back; a thread that gorun has ceased to trace goes on by itself.
//
// Rejected: to accept the program's connections for it and keep a descriptor of each
// (the end of a connection would not reach the client before gorun's close, too).

const (
	// fetchMost is how many descriptors a message may have (SCM_MAX_FD is 253).
	fetchMost = 250
	// stopPatience is for the thread to stop: longer than a busy machine needs. One in
	// an uninterruptible sleep is left alone.
	stopPatience = 200 * time.Millisecond
	// stopPause is the pause between two questions whether it has.
	stopPause = 50 * time.Microsecond
)

// fetchDescriptors returns gorun's own descriptors of those of a program, by number.
// Numbers that the program has closed meanwhile make it fail.
func fetchDescriptors(pid int, numbers []int) (map[int]int, error) {
	type result struct {
		got map[int]int
		err error
	}
	results := make(chan result) // never closed; one value
	go func() {
		// Tracing belongs to one thread and ends with it, whatever happens: it ends
		// with this goroutine, as it is not unlocked.
		runtime.LockOSThread()
		got, err := fetchOnThisThread(pid, numbers)
		results <- result{got, err}
	}()
	r := <-results
	return r.got, r.err
}

func fetchOnThisThread(pid int, numbers []int) (got map[int]int, err error) {
	inbox, name, err := fetchSocket()
	if err != nil {
		return nil, err
	}
	defer unix.Close(inbox)
	instruction, err := findSyscall(pid)
	if err != nil {
		return nil, err
	}
	t := &tracee{pid: pid, instruction: instruction}
	if err := t.attach(); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, t.detach()) }()
	got = make(map[int]int)
	for len(numbers) > 0 && err == nil {
		some := numbers[:min(len(numbers), fetchMost)]
		numbers = numbers[len(some):]
		if err = t.send(name, some); err == nil {
			err = receiveDescriptors(inbox, some, got)
		}
	}
	if err != nil {
		for _, fd := range got {
			unix.Close(fd)
		}
		return nil, err
	}
	return got, nil
}

// fetchSocket opens a socket with a name that nobody can guess.
func fetchSocket() (fd int, name string, err error) {
	fd, err = unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, "", os.NewSyscallError("socket", err)
	}
	name = "\x00gorun-" + rand.Text() // abstract: no file
	if err := unix.Bind(fd, &unix.SockaddrUnix{Name: "@" + name[1:]}); err != nil {
		unix.Close(fd)
		return -1, "", os.NewSyscallError("bind", err)
	}
	return fd, name, nil
}

// receiveDescriptors reads one message of a program's.
func receiveDescriptors(inbox int, numbers []int, got map[int]int) error {
	oob := make([]byte, unix.CmsgSpace(4*fetchMost))
	_, oobn, _, _, err := unix.Recvmsg(inbox, make([]byte, 1), oob, unix.MSG_CMSG_CLOEXEC)
	if err != nil {
		return os.NewSyscallError("recvmsg", err)
	}
	messages, err := unix.ParseSocketControlMessage(oob[:oobn])
	if err != nil || len(messages) != 1 {
		return errors.New("the descriptors got lost")
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	for i, fd := range fds {
		if i < len(numbers) {
			got[numbers[i]] = fd
		}
	}
	if err == nil && len(fds) != len(numbers) {
		err = errors.New("some descriptors got lost")
	}
	return err
}

// findSyscall returns the address of an instruction that makes a system call: there is
// one in the vDSO of each process (vdso(7)).
func findSyscall(pid int) (uint64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		var from, to uint64
		if !strings.HasSuffix(strings.TrimSpace(line), "[vdso]") {
			continue
		}
		if _, err := fmt.Sscanf(line, "%x-%x", &from, &to); err != nil || to-from > 1<<20 {
			continue
		}
		code := make([]byte, to-from)
		if _, err := unix.ProcessVMReadv(pid, []unix.Iovec{{Base: &code[0], Len: to - from}},
			[]unix.RemoteIovec{{Base: uintptr(from), Len: len(code)}}, 0); err != nil {
			return 0, os.NewSyscallError("process_vm_readv", err)
		}
		if i := bytes.Index(code, syscallInstruction); i >= 0 {
			return from + uint64(i), nil
		}
	}
	return 0, errors.New("the program has no vDSO with a system call")
}

// A tracee is the main thread of a program while gorun has stopped it.
type tracee struct {
	pid         int
	instruction uint64 // the address of one that makes a system call
	stopped     bool
	registers   unix.PtraceRegs // to be put back
	mask        uint64          // of signals; to be put back
}

// attach stops the thread, with all signals blocked, so that none comes in between.
func (t *tracee) attach() error {
	if err := unix.PtraceSeize(t.pid); err != nil {
		return os.NewSyscallError("ptrace", err)
	}
	if err := t.interrupt(); err != nil {
		return err
	}
	all := ^uint64(0)
	return errors.Join(
		os.NewSyscallError("ptrace", unix.PtraceGetRegs(t.pid, &t.registers)),
		t.signalMask(unix.PTRACE_GETSIGMASK, &t.mask),
		t.signalMask(unix.PTRACE_SETSIGMASK, &all),
		os.NewSyscallError("ptrace", unix.PtraceSetOptions(t.pid, unix.PTRACE_O_TRACESYSGOOD)))
}

// detach lets the thread go on where it was. It must be in the kind of stop in which
// it was found, or the kernel would not repeat a system call that was interrupted.
func (t *tracee) detach() error {
	if !t.stopped {
		return nil
	}
	err := unix.PtraceInterrupt(t.pid)
	if err == nil {
		err = t.resume(unix.PTRACE_CONT, 0)
	}
	if err == nil {
		err = t.awaitInterrupt()
	}
	return errors.Join(err,
		unix.PtraceSetRegs(t.pid, &t.registers),
		t.signalMask(unix.PTRACE_SETSIGMASK, &t.mask),
		unix.PtraceDetach(t.pid))
}

func (t *tracee) signalMask(request int, mask *uint64) error {
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, uintptr(request), uintptr(t.pid), unsafe.Sizeof(*mask),
		uintptr(unsafe.Pointer(mask)), 0, 0)
	if errno != 0 {
		return os.NewSyscallError("ptrace", errno)
	}
	return nil
}

func (t *tracee) interrupt() error {
	if err := unix.PtraceInterrupt(t.pid); err != nil {
		return os.NewSyscallError("ptrace", err)
	}
	return t.awaitInterrupt()
}

// awaitInterrupt waits until the thread has stopped because gorun wanted it to. A
// signal that comes first is delivered.
func (t *tracee) awaitInterrupt() error {
	for {
		status, err := t.wait()
		switch {
		case err != nil:
			return err
		case int(status)>>16 == unix.PTRACE_EVENT_STOP:
			return nil
		}
		signal := status.StopSignal()
		if signal == unix.SIGTRAP|0x80 {
			signal = 0 // a system call's beginning or end
		}
		if err := t.resume(unix.PTRACE_CONT, int(signal)); err != nil {
			return err
		}
	}
}

// wait waits until the thread has stopped.
func (t *tracee) wait() (status unix.WaitStatus, err error) {
	pause := unix.NsecToTimespec(int64(stopPause))
	for end := time.Now().Add(stopPatience); time.Now().Before(end); {
		switch got, err := unix.Wait4(t.pid, &status, unix.WALL|unix.WNOHANG, nil); {
		case err == unix.EINTR:
		case err != nil:
			return 0, os.NewSyscallError("wait4", err)
		case got == t.pid && status.Stopped():
			t.stopped = true
			return status, nil
		case got == t.pid:
			return 0, errors.New("the program has ended")
		default:
			_ = unix.Nanosleep(&pause, nil)
		}
	}
	return 0, errors.New("the program's main thread does not stop")
}

func (t *tracee) resume(request, signal int) error {
	t.stopped = false
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, uintptr(request), uintptr(t.pid), 0, uintptr(signal), 0, 0)
	if errno != 0 {
		return os.NewSyscallError("ptrace", errno)
	}
	return nil
}

// call makes the thread do a system call.
func (t *tracee) call(number uint64, args ...uint64) (uint64, error) {
	registers := t.registers
	setCall(&registers, t.instruction, number, args)
	if err := unix.PtraceSetRegs(t.pid, &registers); err != nil {
		return 0, os.NewSyscallError("ptrace", err)
	}
	for range 2 { // its beginning and its end
		if err := t.resume(unix.PTRACE_SYSCALL, 0); err != nil {
			return 0, err
		}
		status, err := t.wait()
		if err != nil {
			return 0, err
		}
		if status.StopSignal() != unix.SIGTRAP|0x80 {
			return 0, fmt.Errorf("the program stopped for %v", status.StopSignal())
		}
	}
	if err := unix.PtraceGetRegs(t.pid, &registers); err != nil {
		return 0, os.NewSyscallError("ptrace", err)
	}
	value := int64(callResult(&registers))
	if value < 0 && value > -4096 {
		return 0, unix.Errno(-value)
	}
	return uint64(value), nil
}

// send makes the thread send descriptors to the socket of that name.
func (t *tracee) send(name string, numbers []int) (err error) {
	const size = 4096
	page, err := t.call(unix.SYS_MMAP, 0, size, unix.PROT_READ|unix.PROT_WRITE,
		unix.MAP_PRIVATE|unix.MAP_ANONYMOUS, ^uint64(0), 0)
	if err != nil {
		return os.NewSyscallError("mmap", err)
	}
	defer func() {
		if t.stopped {
			_, uerr := t.call(unix.SYS_MUNMAP, page, size)
			err = errors.Join(err, os.NewSyscallError("munmap", uerr))
		}
	}()
	content, header := message(page, name, numbers)
	if _, err := unix.PtracePokeData(t.pid, uintptr(page), content); err != nil {
		return os.NewSyscallError("ptrace", err)
	}
	socket, err := t.call(unix.SYS_SOCKET, unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	_, err = t.call(unix.SYS_SENDMSG, socket, header, unix.MSG_DONTWAIT)
	if !t.stopped {
		return err
	}
	_, cerr := t.call(unix.SYS_CLOSE, socket)
	return errors.Join(os.NewSyscallError("sendmsg", err), os.NewSyscallError("close", cerr))
}

// message lays out what sendmsg(2) wants, for a page at that address, and returns the
// address of the struct msghdr in it.
func message(page uint64, name string, numbers []int) (content []byte, header uint64) {
	const nameAt, vectorAt, byteAt, headerAt, controlAt = 0, 128, 160, 192, 256
	rights := unix.UnixRights(numbers...)
	content = make([]byte, controlAt, controlAt+len(rights))
	content = append(content, rights...)
	native := binary.NativeEndian
	native.PutUint16(content[nameAt:], unix.AF_UNIX)
	copy(content[nameAt+2:], name)
	native.PutUint64(content[vectorAt:], page+byteAt)
	native.PutUint64(content[vectorAt+8:], 1)
	for i, word := range []uint64{
		page + nameAt, uint64(2 + len(name)), // the second is a 32-bit number with padding
		page + vectorAt, 1,
		page + controlAt, uint64(len(rights)),
	} {
		native.PutUint64(content[headerAt+8*i:], word)
	}
	return content, page + headerAt
}
