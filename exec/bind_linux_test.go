//go:build amd64 || arm64

package exec

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	osexec "os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

func init() {
	// act STEP... takes one step after the other, prints "STEP: ok" or what went
	// wrong, and then stays until it is ended.
	helpers["act"] = func(args []string) int {
		a := &actor{}
		for _, step := range args {
			fmt.Printf("%s: %s\n", step, a.take(step))
		}
		select {}
	}
}

// An actor is a program that does what a test asks for.
type actor struct {
	listeners []net.Listener
	cookie    uint64 // of its network namespace
}

func (a *actor) take(step string) string {
	words := strings.Fields(step)
	switch words[0] {
	case "listen": // NETWORK ADDRESS [LEVEL OPTION VALUE]...: serves HTTP
		l, err := a.listen(words[1], words[2], words[3:])
		if err != nil {
			return a.reason(err)
		}
		a.listeners = append(a.listeners, l)
		go http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, os.Getpid())
		}))
	case "greet": // NETWORK ADDRESS [LEVEL OPTION VALUE]...: answers unasked, and closes at once
		l, err := a.listen(words[1], words[2], words[3:])
		if err != nil {
			return a.reason(err)
		}
		a.listeners = append(a.listeners, l)
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				fmt.Fprint(conn, os.Getpid())
				conn.Close()
			}
		}()
	case "check": // NETWORK ADDRESS: is the port free?
		l, err := a.listen(words[1], words[2], nil)
		if err != nil {
			return a.reason(err)
		}
		l.Close()
	case "option": // LEVEL OPTION: of the last listener
		if len(a.listeners) == 0 {
			return "no listener"
		}
		raw, _ := a.listeners[len(a.listeners)-1].(*net.TCPListener).SyscallConn()
		value, err := 0, error(nil)
		_ = raw.Control(func(fd uintptr) { value, err = unix.GetsockoptInt(int(fd), atoi(words[1]), atoi(words[2])) })
		if err != nil {
			return err.Error()
		}
		return strconv.Itoa(value)
	case "dial": // ADDRESS
		conn, err := net.Dial("tcp", words[1])
		if err != nil {
			return a.reason(err)
		}
		conn.Close()
	case "free": // PORT: the first port from there on that nobody answers on
		for p := atoi(words[1]); ; p++ {
			address := net.JoinHostPort("127.0.0.1", strconv.Itoa(p))
			conn, err := net.Dial("tcp", address)
			if err != nil {
				return strconv.Itoa(p)
			}
			conn.Close()
		}
	case "udp": // ADDRESS
		conn, err := net.Dial("udp", words[1])
		if err != nil {
			return a.reason(err)
		}
		conn.Close()
	case "filter": // seccomp user notification for itself
		runtime.LockOSThread()
		allow := unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW}
		program := unix.SockFprog{Len: 1, Filter: &allow}
		_ = unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
		_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER,
			unix.SECCOMP_FILTER_FLAG_NEW_LISTENER, uintptr(unsafe.Pointer(&program)))
		if errno != 0 {
			return errno.Error()
		}
	case "ask": // does the kernel have it?
		_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER,
			unix.SECCOMP_FILTER_FLAG_NEW_LISTENER, 0)
		return errno.Error()
	case "setuid":
		id := atoi(words[1])
		if err := errors.Join(syscall.Setgroups(nil), syscall.Setgid(id), syscall.Setuid(id)); err != nil {
			return err.Error()
		}
	case "namespace": // a network of its own, for this thread
		runtime.LockOSThread()
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return err.Error()
		}
		s, _ := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
		defer unix.Close(s)
		up, _ := unix.NewIfreq("lo")
		up.SetUint16(unix.IFF_UP)
		if err := unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, up); err != nil {
			return err.Error()
		}
		a.cookie, _ = unix.GetsockoptUint64(s, unix.SOL_SOCKET, unix.SO_NETNS_COOKIE)
	case "there": // is the last listener in that network?
		raw, _ := a.listeners[len(a.listeners)-1].(*net.TCPListener).SyscallConn()
		var cookie uint64
		_ = raw.Control(func(fd uintptr) {
			cookie, _ = unix.GetsockoptUint64(int(fd), unix.SOL_SOCKET, unix.SO_NETNS_COOKIE)
		})
		if cookie != a.cookie {
			return "no"
		}
	case "child": // STEP of its own
		self, _ := os.Executable()
		cmd := osexec.Command(self, "helper", "act", strings.Join(words[1:], " "))
		out, _ := cmd.StdoutPipe()
		if err := cmd.Start(); err != nil {
			return err.Error()
		}
		line, _ := bufio.NewReader(out).ReadString('\n')
		_, said, _ := strings.Cut(strings.TrimSpace(line), strings.Join(words[1:], " ")+": ")
		return said
	default:
		return "an unknown step"
	}
	return "ok"
}

func (a *actor) listen(network, address string, options []string) (net.Listener, error) {
	config := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) (err error) {
		_ = c.Control(func(fd uintptr) {
			for i := 0; i+2 < len(options) && err == nil; i += 3 {
				level, name := atoi(options[i]), atoi(options[i+1])
				if value, aerr := strconv.Atoi(options[i+2]); aerr != nil {
					err = unix.SetsockoptString(int(fd), level, name, options[i+2])
				} else {
					err = unix.SetsockoptInt(int(fd), level, name, value)
				}
			}
		})
		return err
	}}
	return config.Listen(context.Background(), network, address)
}

func (a *actor) reason(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno.Error()
	}
	return err.Error()
}

// atoi reads a number that a test wrote.
func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(err)
	}
	return n
}

// act starts a version that takes steps, after the one before has ended, and
// returns what it said to each.
func (r *rig) act(steps ...string) map[string]string {
	r.t.Helper()
	if r.program != nil {
		r.program.Retire()
		within(r.t, r.program.Done(), "the old version's end")
		r.program = nil
	}
	return r.actBeside(steps...)
}

// actBeside does so while the one before runs on.
func (r *rig) actBeside(steps ...string) map[string]string {
	r.t.Helper()
	in, out, err := os.Pipe()
	if err != nil {
		r.t.Fatal(err)
	}
	argv := helper(r.t, "act", steps...)
	r.program, err = Start(Spec{Path: argv[0], Args: argv, Stdout: out, Stderr: os.Stderr, Ports: r.ports, Grace: r.grace})
	out.Close()
	if err != nil {
		r.t.Fatal(err)
	}
	said := make(map[string]string)
	_ = in.SetReadDeadline(time.Now().Add(patience))
	lines := bufio.NewScanner(in)
	for _, step := range steps {
		if !lines.Scan() {
			r.t.Fatalf("no word about %q: %v", step, lines.Err())
		}
		_, said[step], _ = strings.Cut(lines.Text(), step+": ")
	}
	go func() {
		_, _ = io.Copy(io.Discard, in)
		in.Close()
	}()
	return said
}

// expectSteps fails unless each step went as it should.
func expectSteps(t *testing.T, said map[string]string, want ...string) {
	t.Helper()
	for i := 0; i < len(want); i += 2 {
		if got := said[want[i]]; got != want[i+1] {
			t.Errorf("%s: %s; want %s", want[i], got, want[i+1])
		}
	}
}

func port(t *testing.T) string {
	_, port, err := net.SplitHostPort(freePort(t, "tcp", ""))
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// The next version may listen on another address of the same port: what gorun holds
// for nobody is not in its way.
func TestAddressChangesOnTheSamePort(t *testing.T) {
	for _, tt := range []struct{ before, after string }{
		{"tcp :P", "tcp 127.0.0.1:P"},
		{"tcp :P", "tcp localhost:P"},
		{"tcp :P", "tcp [::1]:P"},
		{"tcp :P", "tcp4 :P"},
		{"tcp :P", "tcp6 [::]:P"},
		{"tcp 127.0.0.1:P", "tcp 0.0.0.0:P"},
		{"tcp 127.0.0.1:P", "tcp :P"},
		{"tcp [::1]:P", "tcp :P"},
		{"tcp4 :P", "tcp [::1]:P"},
		{"tcp4 127.0.0.1:P", "tcp6 [::1]:P"},
		{"tcp4 :P", "tcp :P"},
		{"tcp4 127.0.0.1:P", "tcp4 127.0.0.1:P 1 15 1"}, // SO_REUSEPORT
	} {
		t.Run(tt.before+" to "+tt.after, func(t *testing.T) {
			p := port(t)
			before := "listen " + strings.Replace(tt.before, ":P", ":"+p, 1)
			after := "listen " + strings.Replace(tt.after, ":P", ":"+p, 1)
			r := newRig(t, nil)
			for range 2 { // there and back
				expectSteps(t, r.act(before), before, "ok")
				within(t, r.program.Ready(), "the first version")
				expectSteps(t, r.act(after), after, "ok")
				within(t, r.program.Ready(), "the second version")
			}
			address := strings.Fields(after)[2]
			if host, _, _ := net.SplitHostPort(address); host == "::" {
				address = "[::1]:" + p
			} else if host == "" || host == "0.0.0.0" {
				address = "127.0.0.1:" + p
			}
			if got, err := get(address); err != nil || got != fmt.Sprintf("200 %d", r.program.Pid()) {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

// Two listeners on one port, of which none is in the other's way, stay kept.
func TestTwoAddressesOnOnePort(t *testing.T) {
	p := port(t)
	steps := []string{"listen tcp4 127.0.0.1:" + p, "listen tcp4 127.0.0.2:" + p, "listen tcp6 [::1]:" + p}
	r := newRig(t, nil)
	var kept []uint64
	for range 3 {
		said := r.act(steps...)
		for _, s := range steps {
			expectSteps(t, said, s, "ok")
		}
		within(t, r.program.Ready(), "a version")
		var inodes []uint64
		eventually(t, "three kept ports", func() bool {
			r.ports.mu.Lock()
			defer r.ports.mu.Unlock()
			inodes = nil
			for _, l := range r.ports.listeners {
				inodes = append(inodes, l.inode)
			}
			return len(inodes) == 3
		})
		if kept != nil && fmt.Sprint(kept) != fmt.Sprint(inodes) {
			t.Errorf("kept are %v, then %v", kept, inodes)
		}
		kept = inodes
	}
}

// A program may check a port and leave it to its child, in each version.
func TestChildListens(t *testing.T) {
	for _, host := range []string{"127.0.0.1:", "0.0.0.0:"} {
		p := port(t)
		address := host + p
		r := newRig(t, nil)
		check, child := "check tcp 127.0.0.1:"+p, "child listen tcp "+address
		for range 3 {
			expectSteps(t, r.act(check, child), check, "ok", child, "ok")
		}
		r.act("check tcp 127.0.0.1:1") // without its children
		listen := "listen tcp " + address
		expectSteps(t, r.act(listen), listen, "ok")
		expectSteps(t, r.act(child), child, "ok")
	}
}

// A socket of another network is not the kept one, whatever its address.
func TestNetworkNamespaces(t *testing.T) {
	if !mayFilter() {
		t.Skip("only root may make a network")
	}
	listen := "listen tcp4 " + freePort(t, "tcp4", "127.0.0.1")
	r := newRig(t, nil)
	for range 2 {
		expectSteps(t, r.act(listen), listen, "ok")
		within(t, r.program.Ready(), "a version")
		said := r.act("namespace", listen, "there")
		expectSteps(t, said, "namespace", "ok", listen, "ok", "there", "ok")
	}
}

// Options that a version sets before bind are its own, and not those of the first.
func TestOptionsOfTheNewVersion(t *testing.T) {
	n := func(level, name int) string { return fmt.Sprint(level, " ", name) }
	for _, tt := range []struct {
		name, option  string
		first, second int
	}{
		{"IP_TOS", n(unix.IPPROTO_IP, unix.IP_TOS), 16, 8},
		{"IP_TTL", n(unix.IPPROTO_IP, unix.IP_TTL), 9, 0},
		{"SO_RCVBUF", n(unix.SOL_SOCKET, unix.SO_RCVBUF), 40000, 0},
		{"SO_RCVBUF back", n(unix.SOL_SOCKET, unix.SO_RCVBUF), 0, 60000},
		{"SO_SNDBUF", n(unix.SOL_SOCKET, unix.SO_SNDBUF), 40000, 50000},
		{"TCP_DEFER_ACCEPT", n(unix.IPPROTO_TCP, unix.TCP_DEFER_ACCEPT), 3, 0},
		{"SO_PRIORITY", n(unix.SOL_SOCKET, unix.SO_PRIORITY), 5, 2},
		{"SO_KEEPALIVE", n(unix.SOL_SOCKET, unix.SO_KEEPALIVE), 1, 0},
		{"TCP_KEEPIDLE", n(unix.IPPROTO_TCP, unix.TCP_KEEPIDLE), 77, 99},
		{"TCP_NODELAY", n(unix.IPPROTO_TCP, unix.TCP_NODELAY), 0, 1},
		{"TCP_MAXSEG", n(unix.IPPROTO_TCP, unix.TCP_MAXSEG), 600, 700},
		{"TCP_USER_TIMEOUT", n(unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT), 5000, 0},
		{"TCP_FASTOPEN", n(unix.IPPROTO_TCP, unix.TCP_FASTOPEN), 10, 20},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			address := freePort(t, "tcp4", "127.0.0.1")
			report := "option " + tt.option
			listenAt := func(address string, value int) string {
				if value == 0 {
					return "listen tcp4 " + address
				}
				return fmt.Sprintf("listen tcp4 %s %s %d", address, tt.option, value)
			}
			listen := func(value int) string { return listenAt(address, value) }
			// The oracle: each version without kept ports, at any port.
			want := func(value int) string {
				alone := &rig{t: t, grace: time.Second}
				said := alone.act(listenAt("127.0.0.1:0", value), report)
				alone.program.Kill()
				within(t, alone.program.Done(), "a kill")
				return said[report]
			}
			first, second := want(tt.first), want(tt.second)
			if first == second {
				t.Skipf("the option does not show here: %s", first)
			}
			r := newRig(t, nil)
			for range 2 {
				expectSteps(t, r.act(listen(tt.first), report), listen(tt.first), "ok", report, first)
				within(t, r.program.Ready(), "the first version")
				expectSteps(t, r.act(listen(tt.second), report), listen(tt.second), "ok", report, second)
				within(t, r.program.Ready(), "the second version")
			}
		})
	}
}

// A program that has given up root binds what its user may bind.
func TestBindAsTheProgramsUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may bind what its program may not")
	}
	r := newRig(t, nil)
	const listen, drop = "listen tcp4 127.0.0.1:81", "setuid 65534"
	expectSteps(t, r.act(drop, listen), drop, "ok", listen, "permission denied")
	// What a version of root's has bound is not for one without its rights.
	expectSteps(t, r.act(listen), listen, "ok")
	within(t, r.program.Ready(), "the version of root's")
	expectSteps(t, r.act(drop, listen), drop, "ok", listen, "permission denied")
	expectSteps(t, r.act(listen), listen, "ok")
	// Other ports are kept for it.
	free := "listen tcp4 " + freePort(t, "tcp4", "127.0.0.1")
	for range 2 {
		expectSteps(t, r.act(drop, free), drop, "ok", free, "ok")
		within(t, r.program.Ready(), "the version without rights")
	}
}

// With fewer SO_REUSEPORT listeners than before no client waits in a queue that
// nobody accepts from.
func TestFewerListeners(t *testing.T) {
	address := freePort(t, "tcp4", "127.0.0.1")
	listen := fmt.Sprintf("listen tcp4 %s %d %d 1", address, unix.SOL_SOCKET, unix.SO_REUSEPORT)
	r := newRig(t, nil)
	expectSteps(t, r.act(listen, listen, listen, listen), listen, "ok")
	within(t, r.program.Ready(), "the version with four")
	c, stop := getting.once1().run(address)
	for i := range 3 {
		steps := []string{listen}
		if i == 1 {
			steps = []string{listen, listen, listen, listen}
		}
		expectSteps(t, r.act(steps...), listen, "ok")
		was := c.ok.Load()
		begin := time.Now()
		eventually(t, "answers", func() bool { return c.ok.Load() > was+500 && time.Since(begin) > 2500*time.Millisecond })
	}
	stop()
	t.Logf("%v", c)
	if c.bad() > 0 || time.Duration(c.longest.Load()) > 1500*time.Millisecond {
		c.errors.Range(func(k, _ any) bool { t.Error(k); return true })
		t.Errorf("a client failed or waited long: %v", c)
	}
}

// Nor does one of a program that answers unasked and closes: gorun finds no descriptor
// of such a connection any more.
func TestFewerListenersThatGreet(t *testing.T) {
	address := freePort(t, "tcp4", "127.0.0.1")
	greet := fmt.Sprintf("greet tcp4 %s %d %d 1", address, unix.SOL_SOCKET, unix.SO_REUSEPORT)
	r := newRig(t, nil)
	expectSteps(t, r.act(greet, greet, greet, greet), greet, "ok")
	within(t, r.program.Ready(), "the version with four")
	expectSteps(t, r.act(greet), greet, "ok")
	within(t, r.program.Ready(), "the version with one")
	for begin := time.Now(); time.Since(begin) < 2500*time.Millisecond; {
		conn, err := net.DialTimeout("tcp", address, patience)
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetReadDeadline(time.Now().Add(1500 * time.Millisecond))
		if b, err := io.ReadAll(conn); err != nil || string(b) != strconv.Itoa(r.program.Pid()) {
			t.Fatalf("answered %q, %v, after %v", b, err, time.Since(begin))
		}
		conn.Close()
	}
}

// once1 is the same load with a connection for each request.
func (l load) once1() load {
	l.once = true
	return l
}
