//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package procgroup

import (
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/gorun-dev/gorun/internal/self"
)

func init() {
	// listens prints what it was given to listen on.
	helpers["listens"] = func(args []string) int {
		pid, _ := strconv.Atoi(os.Getenv("LISTEN_PID"))
		n, _ := strconv.Atoi(os.Getenv("LISTEN_FDS"))
		said := strings.Count(strings.Join(os.Environ(), "\n"), "LISTEN_")
		fmt.Println("its own:", pid == os.Getpid(), n, said,
			os.Getenv("LISTEN_FDNAMES"), os.Getenv("GODEBUG"), os.Getenv(self.RoleVariable), args)
		for fd := 3; fd < 3+n; fd++ {
			l, err := net.FileListener(os.NewFile(uintptr(fd), ""))
			if err != nil {
				fmt.Println(fd, err)
				continue
			}
			fmt.Println(fd, l.Addr())
		}
		return 0
	}
	// becomes FDS ARGS... becomes a helper that is given these descriptors to listen
	// on, in that order.
	helpers["becomes"] = func(args []string) int {
		var ls []Listener
		for s := range strings.SplitSeq(args[0], ",") {
			fd, _ := strconv.Atoi(s)
			ls = append(ls, Listener{FD: fd, Name: "n" + s})
		}
		fmt.Println(Become(Spec{
			Path: args[1], Args: args[1:], Env: append(os.Environ(), "LISTEN_PID=1", "LISTEN_FDS=7"),
			Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Listeners: ls,
		}))
		return 1
	}
}

// listeners opens sockets and returns their descriptors and addresses.
func listeners(t *testing.T, n int) (fds []int, addresses []string) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		f, err := l.(*net.TCPListener).File()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			f.Close()
			l.Close()
		})
		fds, addresses = append(fds, int(f.Fd())), append(addresses, l.Addr().String())
	}
	return fds, addresses
}

func TestListeners(t *testing.T) {
	fds, addresses := listeners(t, 3)
	out, lines := listen(t)
	argv := helper(t, "listens", "a", "")
	g := run(t, argv, Spec{
		Stdout: out, Env: []string{"LISTEN_PID=1", "LISTEN_FDS=9", "GODEBUG=gctrace=1"},
		Listeners: []Listener{{fds[2], "x"}, {fds[0], ""}, {fds[1], "y"}},
	})
	out.Close()
	lines.expect("its own: true 3 3 x:unknown:y gctrace=1  [a ]")
	lines.expect("3 " + addresses[2])
	lines.expect("4 " + addresses[0])
	lines.expect("5 " + addresses[1])
	within(t, g.Done(), "listens")
}

// Become hands them over in whatever order they lie in its table.
func TestBecomeWithListeners(t *testing.T) {
	for _, order := range []string{"3,4,5", "5,3,4", "4,3", "9,3", "10,9,8"} {
		fds, addresses := listeners(t, 9)
		files := make([]uintptr, 3, 12)
		out, lines := listen(t)
		files[1], files[2] = out.Fd(), 2
		for _, fd := range fds {
			files = append(files, uintptr(fd))
		}
		argv := slices.Concat(helper(t, "becomes", order), helper(t, "listens"))
		null, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		files[0] = null.Fd()
		pid, err := syscall.ForkExec(argv[0], argv, &syscall.ProcAttr{Env: os.Environ(), Files: files})
		null.Close()
		out.Close()
		if err != nil {
			t.Fatal(err)
		}
		var want, names []string
		for i, s := range strings.Split(order, ",") {
			fd, _ := strconv.Atoi(s)
			want = append(want, fmt.Sprint(3+i, " ", addresses[fd-3]))
			names = append(names, "n"+s)
		}
		lines.expect(fmt.Sprintf("its own: true %d 3 %s   []", len(names), strings.Join(names, ":")))
		for _, line := range want {
			lines.expect(line)
		}
		lines.end()
		_, _ = syscall.Wait4(pid, nil, 0, nil)
	}
}
