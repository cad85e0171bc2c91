//go:build amd64 || arm64

package exec

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

func init() {
	// probe ACTION:NUMBER... puts a filter around itself that answers those system
	// calls with an error (its number), or kills (kill), and prints what the probe says.
	helpers["probe"] = func(args []string) int {
		if errno := filterCalls(args); errno != 0 {
			fmt.Println(errno)
			return 1
		}
		// The runtime is busy when a child is made of it, and asks the same always.
		over := make(chan struct{})
		go func() {
			for {
				select {
				case <-over:
					return
				default:
					runtime.GC()
				}
			}
		}()
		defer close(over)
		answer := func() string {
			way, err := probe()
			if err != nil {
				return err.Error()
			}
			return way.String()
		}
		first := answer()
		for range 30 {
			if next := answer(); next != first {
				first += "; then " + next
			}
		}
		fmt.Println(first)
		return 0
	}
}

// filterCalls puts a filter around this process that answers system calls with an error
// (1:NUMBER, 38:NUMBER), or kills (kill:NUMBER).
func filterCalls(calls []string) unix.Errno {
	if len(calls) == 0 {
		return 0
	}
	code := []unix.SockFilter{{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0}}
	for _, c := range calls {
		action, number, _ := strings.Cut(c, ":")
		k := uint32(unix.SECCOMP_RET_KILL_PROCESS)
		if action != "kill" {
			k = unix.SECCOMP_RET_ERRNO | uint32(atoi(action))
		}
		code = append(code,
			unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: uint32(atoi(number)), Jf: 1},
			unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: k})
	}
	code = append(code, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW})
	program := unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}
	_ = unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER,
		unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&program)))
	return errno
}

// Whatever a container's filter does, gorun lives and knows what it can use.
func TestProbe(t *testing.T) {
	here, err := probe()
	if err != nil {
		t.Skip(err)
	}
	const refused = " is refused (operation not permitted), by a container's profile perhaps"
	call := func(action string, number int) string { return fmt.Sprint(action, ":", number) }
	for _, tt := range []struct {
		filter []string
		want   string
	}{
		{nil, here.String()},
		{[]string{call("1", unix.SYS_PIDFD_GETFD)}, ownSockets.String()},
		{[]string{call("38", unix.SYS_PIDFD_GETFD)}, ownSockets.String()},
		{[]string{call("kill", unix.SYS_PIDFD_GETFD)}, ownSockets.String()},
		{[]string{call("1", unix.SYS_PIDFD_GETFD), call("1", unix.SYS_PTRACE)},
			"pidfd_getfd" + refused + ", and so is ptrace (operation not permitted)"},
		{[]string{call("kill", unix.SYS_PIDFD_GETFD), call("kill", unix.SYS_PTRACE)},
			"pidfd_getfd" + refused + ", and so is ptrace (operation not permitted)"},
		{[]string{call("1", unix.SYS_PROCESS_VM_READV)}, "process_vm_readv" + refused},
		{[]string{call("kill", unix.SYS_PROCESS_VM_READV)}, "process_vm_readv" + refused},
		{[]string{call("1", unix.SYS_PIDFD_OPEN)}, "pidfd_open" + refused},
		{[]string{call("38", unix.SYS_SECCOMP)}, "seccomp user notification is refused (function not implemented)" +
			", by a container's profile perhaps"},
		{[]string{call("kill", unix.SYS_SECCOMP)}, "seccomp user notification" + refused},
	} {
		t.Run(strings.Join(tt.filter, " "), func(t *testing.T) {
			out, lines := listen(t)
			argv := helper(t, "probe", tt.filter...)
			p, err := Start(Spec{Path: argv[0], Args: argv, Stdout: out, Stderr: os.Stderr})
			if err != nil {
				t.Fatal(err)
			}
			out.Close()
			within(t, p.Done(), "the probe")
			lines.expect(tt.want)
		})
	}
}

func TestYama(t *testing.T) {
	for _, tt := range []struct {
		scope   string
		tracer  bool
		allowed bool
	}{
		{"0", false, true}, {"1", false, true}, {"2", false, false}, {"2", true, true}, {"3", true, false},
	} {
		if err := yamaAllows(tt.scope, tt.tracer); (err == nil) != tt.allowed {
			t.Errorf("%+v: %v", tt, err)
		}
	}
}
