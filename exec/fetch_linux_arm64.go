package exec

import "golang.org/x/sys/unix"

var syscallInstruction = []byte{0x01, 0x00, 0x00, 0xd4} // svc #0

// setCall makes a thread's registers those of a system call that is to come.
func setCall(r *unix.PtraceRegs, instruction, number uint64, args []uint64) {
	r.Pc, r.Regs[8] = instruction, number
	copy(r.Regs[:6], args)
}

func callResult(r *unix.PtraceRegs) uint64 { return r.Regs[0] }
