package exec

import "golang.org/x/sys/unix"

// auditArch is what seccomp_data.arch holds for a 64-bit program of this
// machine (linux/audit.h). A 32-bit program has another and is let alone.
const auditArch = unix.AUDIT_ARCH_AARCH64

var epollCreateCalls = []uint32{unix.SYS_EPOLL_CREATE1}
