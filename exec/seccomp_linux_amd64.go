package exec

import "golang.org/x/sys/unix"

// auditArch is what seccomp_data.arch holds for a 64-bit program of this
// machine (linux/audit.h). A 32-bit program has another and is let alone, as
// is the x32 call, whose number has bit 30 set.
const auditArch = unix.AUDIT_ARCH_X86_64

var epollCreateCalls = []uint32{unix.SYS_EPOLL_CREATE1, unix.SYS_EPOLL_CREATE}
