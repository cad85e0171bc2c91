package procgroup

import (
	"os/signal"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// endByDefault makes the signals that end a process end it in the kernel, without Go's
// handlers. A handler needs a moment, and an execve in that moment removes the thread
// that it runs on: the signal would be lost.
func endByDefault() {
	var byDefault [4]uint64 // a struct sigaction of zeros: SIG_DFL
	for _, sig := range []syscall.Signal{
		unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGUSR1, unix.SIGUSR2,
	} {
		if !signal.Ignored(sig) {
			_, _, _ = unix.RawSyscall6(unix.SYS_RT_SIGACTION,
				uintptr(sig), uintptr(unsafe.Pointer(&byDefault)), 0, sigsetSize, 0, 0)
		}
	}
}

// sigsetSize is the size of the kernel's sigset_t in bytes, but for MIPS's, where
// nothing happens.
const sigsetSize = 8
