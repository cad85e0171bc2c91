package exec

import "golang.org/x/sys/unix"

var syscallInstruction = []byte{0x0f, 0x05} // syscall

// setCall makes a thread's registers those of a system call that is to come.
func setCall(r *unix.PtraceRegs, instruction, number uint64, args []uint64) {
	r.Rip, r.Rax = instruction, number
	r.Orig_rax = ^uint64(0) // it is in none now, which the kernel would repeat
	for i, to := range []*uint64{&r.Rdi, &r.Rsi, &r.Rdx, &r.R10, &r.R8, &r.R9} {
		if i < len(args) {
			*to = args[i]
		}
	}
}

func callResult(r *unix.PtraceRegs) uint64 { return r.Rax }
