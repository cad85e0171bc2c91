package procgroup

import (
	"os/signal"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// endByDefault has the kernel itself do what the signals that end a process do by
// default, in place of Go's handlers. Those take a moment; execve meanwhile takes the
// thread away that a handler runs on, and the signal would be lost.
func endByDefault() {
	var byDefault [4]uint64 // a struct sigaction of zeros: SIG_DFL
	for _, sig := range []syscall.Signal{unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGUSR1, unix.SIGUSR2} {
		if !signal.Ignored(sig) {
			_, _, _ = unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(&byDefault)), 0, sigsetSize, 0, 0)
		}
	}
}

// sigsetSize is the size of the kernel's sigset_t in bytes, but for MIPS's, where
// nothing happens.
const sigsetSize = 8
