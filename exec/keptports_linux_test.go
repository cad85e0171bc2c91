//go:build amd64 || arm64

package exec

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func init() {
	// tls ADDRESS serves HTTP/2 over TLS.
	helpers["tls"] = func(args []string) int {
		l, err := net.Listen("tcp", args[0])
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintln(w, r.Proto)
		}))
		s.Listener.Close()
		s.Listener = l
		s.EnableHTTP2 = true
		s.StartTLS()
		select {}
	}
	// dial ADDRESS FROM connects from a port of its own, and closes the
	// connection after a line was read.
	helpers["dial"] = func(args []string) int {
		from, _ := net.ResolveTCPAddr("tcp", args[1])
		conn, err := (&net.Dialer{LocalAddr: from}).Dial("tcp", args[0])
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		_, _ = conn.Read(make([]byte, 10))
		conn.Close()
		time.Sleep(time.Hour)
		return 0
	}
	// state prints what a process has from its parent, but for the filter.
	helpers["state"] = func(args []string) int {
		b, _ := os.ReadFile("/proc/self/status")
		for line := range strings.Lines(string(b)) {
			name, _, _ := strings.Cut(line, ":")
			switch name {
			case "Umask", "Uid", "Gid", "Groups", "SigBlk", "SigIgn", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb",
				"NoNewPrivs", "Speculation_Store_Bypass", "SpeculationIndirectBranch":
				fmt.Print(line)
			}
		}
		for fd, link := range descriptors(os.Getpid()) {
			if fd > 2 && !strings.HasPrefix(link, "anon_inode:") && !strings.HasPrefix(link, "/proc/") {
				fmt.Println(fd, link)
			}
		}
		dumpable, _ := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
		fmt.Println("dumpable", dumpable)
		fmt.Printf("%q\n", os.Environ())
		return 0
	}
}

func get(address string) (string, error) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	r, err := client.Get("http://" + address + "/")
	if err != nil {
		return "", err
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	return fmt.Sprintf("%d %s", r.StatusCode, b), err
}

// What -keep=false does: this is what the rest saves.
func TestSwapWithoutKeeping(t *testing.T) {
	address := freePort(t, "tcp4", "127.0.0.1")
	r := newRig(t, func(int) []string { return []string{address} })
	r.ports.Close()
	r.ports = nil
	r.replace()
	awaitListener(t, address)
	c, stop := posting.run(address)
	n := swaps(t, 20)
	for range n {
		was := c.ok.Load()
		r.replace()
		eventually(t, "answers", func() bool { return c.ok.Load() > was+100 })
	}
	stop()
	t.Logf("%d swaps: %v", n, c)
	if c.refused.Load() == 0 {
		t.Error("nothing was refused: a load that proves nothing")
	}
}

// With overlap a version that crashes at its start costs no request.
func TestOverlapSurvivesCrashes(t *testing.T) {
	address := freePort(t, "tcp4", "127.0.0.1")
	r := newRig(t, func(version int) []string {
		if version%3 == 2 {
			return []string{address, "crash"}
		}
		return []string{address}
	})
	r.replace()
	awaitListener(t, address)
	c, stop := posting.run(address)
	crashed := 0
	for range max(6, swaps(t, 30)) {
		was := c.ok.Load()
		if !r.overlap() {
			crashed++
		}
		eventually(t, "answers", func() bool { return c.ok.Load() > was+100 || c.bad() > 0 })
	}
	stop()
	t.Logf("%d versions crashed: %v", crashed, c)
	if crashed < 2 || c.bad() > 0 {
		t.Errorf("%d versions crashed; %v", crashed, c)
	}
}

// A second port that each version binds a moment later, and IPv6.
func TestSecondPort(t *testing.T) {
	first, second := freePort(t, "tcp6", "::1"), freePort(t, "tcp4", "127.0.0.1")
	r := newRig(t, func(int) []string { return []string{first, "second=" + second} })
	r.replace()
	awaitListener(t, first)
	awaitListener(t, second)
	a, stopA := posting.run(first)
	b, stopB := posting.run(second)
	for range swaps(t, 20) {
		wasA, wasB := a.ok.Load(), b.ok.Load()
		r.replace()
		eventually(t, "answers", func() bool {
			return a.ok.Load() > wasA+50 && b.ok.Load() > wasB+50 || a.bad()+b.bad() > 0
		})
	}
	stopA()
	stopB()
	t.Logf("first %v; second %v", a, b)
	if a.bad()+b.bad() > 0 {
		t.Error("not all were answered")
	}
}

// TLS with HTTP/2: each request on a connection of its own.
func TestTLS(t *testing.T) {
	address := freePort(t, "tcp4", "127.0.0.1")
	r := newRig(t, nil)
	run := func() *Program {
		argv := helper(t, "tls", address)
		p, err := Start(Spec{Path: argv[0], Args: argv, Stderr: os.Stderr, Ports: r.ports, Grace: r.grace})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	r.program = run()
	awaitListener(t, address)
	stop := make(chan struct{})
	result := make(chan error, 1)
	served := 0
	go func() {
		for {
			select {
			case <-stop:
				result <- nil
				return
			default:
			}
			tr := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true}
			c := &http.Client{Transport: tr, Timeout: patience}
			resp, err := c.Post("https://"+address, "text/plain", strings.NewReader("x"))
			if err != nil {
				result <- err
				return
			}
			b, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			tr.CloseIdleConnections()
			if err != nil || string(b) != "HTTP/2.0\n" {
				result <- fmt.Errorf("%q, %w", b, err)
				return
			}
			served++
		}
	}()
	for range swaps(t, 20) {
		r.program.Retire()
		within(t, r.program.Done(), "the old version's end")
		r.program = run()
		within(t, r.program.Ready(), "the new version")
	}
	close(stop)
	if err := <-result; err != nil || served == 0 {
		t.Errorf("%d served, %v", served, err)
	}
}

// While the program is down its clients wait, and are told after a while.
func TestDown(t *testing.T) {
	address := freePort(t, "tcp4", "127.0.0.1")
	r := newRig(t, func(int) []string { return []string{address} })
	r.replace()
	awaitListener(t, address)
	_ = r.program.Signal(syscall.SIGKILL)
	within(t, r.program.Done(), "a kill")
	got, err := get(address)
	if want := "503 gorun: the program is down: killed by SIGKILL\n"; err != nil || got != want {
		t.Errorf("down: %q, %v; want %q", got, err, want)
	}
	conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
	if err == nil {
		conn.Close()
		t.Error("gorun speaks TLS")
	}
	r.program = nil
	r.replace()
	if got, err := get(address); err != nil || got != fmt.Sprintf("200 %d\n", r.program.Pid()) {
		t.Errorf("up again: %q, %v", got, err)
	}
}

// Whoever comes while the program is down and returns soon is served.
func TestDownBriefly(t *testing.T) {
	address := freePort(t, "tcp4", "127.0.0.1")
	r := newRig(t, func(int) []string { return []string{address} })
	r.replace()
	awaitListener(t, address)
	r.program.Kill()
	within(t, r.program.Done(), "a kill")
	type result struct {
		text string
		err  error
	}
	results := make(chan result, 10)
	for range cap(results) {
		go func() {
			text, err := get(address)
			results <- result{text, err}
		}()
	}
	r.program = nil
	r.replace()
	for range cap(results) {
		if got := <-results; got.err != nil || !strings.HasPrefix(got.text, "200 ") {
			t.Errorf("%q, %v", got.text, got.err)
		}
	}
}

// The address of a version that is gone is given up, and what a program binds to
// connect from is not held.
func TestGivenUp(t *testing.T) {
	a, b := freePort(t, "tcp4", "127.0.0.1"), freePort(t, "tcp4", "127.0.0.1")
	r := newRig(t, func(version int) []string { return []string{[]string{a, b}[version]} })
	r.replace()
	awaitListener(t, a)
	r.replace()
	awaitListener(t, b)
	eventually(t, "the old address is closed", func() bool {
		conn, err := net.Dial("tcp", a)
		if err == nil {
			conn.Close()
		}
		return errors.Is(err, syscall.ECONNREFUSED)
	})
	if _, err := get(b); err != nil {
		t.Error(err)
	}
}

// A listener that the program itself closes is closed, although gorun had it, too.
func TestClosedByTheProgram(t *testing.T) {
	address := freePort(t, "tcp4", "127.0.0.1")
	r := newRig(t, func(int) []string { return []string{address, "closes"} })
	r.replace()
	awaitListener(t, address)
	if _, err := get(address + "/close?"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "refused", func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
		}
		return errors.Is(err, syscall.ECONNREFUSED)
	})
	select {
	case <-r.program.Exited():
		t.Error("the program has ended")
	default:
	}
	r.replace()
	awaitListener(t, address)
}

func TestClientSocketIsNotHeld(t *testing.T) {
	from := freePort(t, "tcp4", "127.0.0.1")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	r := newRig(t, nil)
	argv := helper(t, "dial", l.Addr().String(), from)
	r.program, err = Start(Spec{Path: argv[0], Args: argv, Stderr: os.Stderr, Ports: r.ports})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintln(conn, "hello")
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	if n, err := conn.Read(make([]byte, 10)); err != io.EOF {
		t.Errorf("%d bytes, %v: the program's close did not reach its peer", n, err)
	}
}

// A bind that fails, fails as it would.
func TestBindErrors(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	r := newRig(t, nil)
	out, lines := listen(t)
	for address, want := range map[string]string{
		l.Addr().String(): "address already in use",
		"192.0.2.1:80":    "cannot assign requested address",
	} {
		argv := helper(t, "serve", address)
		p, err := Start(Spec{Path: argv[0], Args: argv, Stderr: out, Ports: r.ports})
		if err != nil {
			t.Fatal(err)
		}
		within(t, p.Done(), "a program that cannot listen")
		if p.Outcome().Code != 1 {
			t.Errorf("%s: %v", address, p.Outcome())
		}
		lines.expect(fmt.Sprintf("listen tcp %s: bind: %s", address, want))
	}
	out.Close()
}

// Root's programs may gain privileges, as without gorun.
func TestNoNewPrivileges(t *testing.T) {
	r := newRig(t, nil)
	out, lines := listen(t)
	argv := helper(t, "state")
	p, err := Start(Spec{Path: argv[0], Args: argv, Stdout: out, Ports: r.ports})
	if err != nil {
		t.Fatal(err)
	}
	out.Close()
	within(t, p.Done(), "state")
	want := "NoNewPrivs:\t1"
	if mayFilter() {
		want = "NoNewPrivs:\t0"
	}
	lines.expect(want)
}

// Nothing else changes for the program.
func TestNothingElseChanges(t *testing.T) {
	r := newRig(t, nil)
	if !mayFilter() {
		t.Skip("no_new_privs does")
	}
	state := func(ports *Ports) (all []string) {
		out, lines := listen(t)
		argv := helper(t, "state")
		p, err := Start(Spec{Path: argv[0], Args: argv, Stdout: out, Ports: ports})
		if err != nil {
			t.Fatal(err)
		}
		out.Close()
		within(t, p.Done(), "state")
		lines.end()
		return lines.seen
	}
	plain, kept := state(nil), state(r.ports)
	if len(plain) < 10 || !slices.Equal(plain, kept) {
		t.Errorf("without\n%s\nwith\n%s", strings.Join(plain, "\n"), strings.Join(kept, "\n"))
	}
}

// Swap after swap leaves nothing in gorun.
func TestNothingGrows(t *testing.T) {
	address := freePort(t, "tcp4", "127.0.0.1")
	r := newRig(t, func(int) []string { return []string{address} })
	type state struct {
		descriptors, goroutines int
		heap                    uint64
	}
	measure := func() (s state) {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		entries, _ := os.ReadDir("/proc/self/fd")
		return state{len(entries), runtime.NumGoroutine(), m.HeapAlloc}
	}
	swap := func() {
		r.replace()
		awaitListener(t, address)
		if _, err := get(address); err != nil {
			t.Fatal(err)
		}
	}
	for range 10 {
		swap()
	}
	var before, after state
	eventually(t, "calm", func() bool {
		was := before.goroutines
		before = measure()
		return before.goroutines == was
	})
	n := swaps(t, 500)
	for range n {
		swap()
	}
	eventually(t, "goroutines and descriptors as before", func() bool {
		after = measure()
		return after.goroutines <= before.goroutines && after.descriptors <= before.descriptors
	})
	t.Logf("%d swaps: %+v, then %+v", n, before, after)
	if after.heap > before.heap+256<<10 {
		t.Errorf("the heap grew from %d to %d", before.heap, after.heap)
	}
}

// BenchmarkStart is what keeping ports costs a start.
func BenchmarkStart(b *testing.B) {
	ports, err := KeepPorts(nil, nil)
	if err != nil {
		b.Skip(err)
	}
	defer ports.Close()
	for name, ps := range map[string]*Ports{"plain": nil, "keep": ports} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				p, err := Start(Spec{Path: "/bin/true", Args: []string{"true"}, Ports: ps})
				if err != nil {
					b.Fatal(err)
				}
				<-p.Done()
			}
		})
	}
}

// The programs of the benchmarks below measure themselves.
func init() {
	helpers["calls"] = func([]string) int {
		const n = 2_000_000
		begin := time.Now()
		for range n {
			_, _, _ = unix.RawSyscall(unix.SYS_GETPPID, 0, 0, 0)
		}
		fmt.Println(time.Since(begin).Nanoseconds() / n)
		return 0
	}
}

// BenchmarkCall is what the filter costs a system call that it lets pass.
func BenchmarkCall(b *testing.B) { inProgram(b, "calls") }

// BenchmarkBind is what a bind that is not kept takes.
func BenchmarkBind(b *testing.B) { inProgram(b, "binds") }

// inProgram reports the nanoseconds that a helper prints.
func inProgram(b *testing.B, name string) {
	ports, err := KeepPorts(nil, nil)
	if err != nil {
		b.Skip(err)
	}
	defer ports.Close()
	for how, ps := range map[string]*Ports{"plain": nil, "keep": ports} {
		b.Run(how, func(b *testing.B) {
			total, n := 0, 0
			for b.Loop() {
				r, w, err := os.Pipe()
				if err != nil {
					b.Fatal(err)
				}
				argv := helper(b, name)
				p, err := Start(Spec{Path: argv[0], Args: argv, Stdout: w, Ports: ps})
				w.Close()
				if err != nil {
					b.Fatal(err)
				}
				out, _ := io.ReadAll(r)
				r.Close()
				<-p.Done()
				var ns int
				fmt.Sscan(string(out), &ns)
				total, n = total+ns, n+1
			}
			b.ReportMetric(float64(total)/float64(n), "ns/call")
		})
	}
}

func init() {
	helpers["binds"] = func(args []string) int {
		const n = 300
		var total time.Duration
		for range n {
			fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
			if err != nil {
				return 1
			}
			begin := time.Now()
			err = unix.Bind(fd, &unix.SockaddrInet4{Port: 0, Addr: [4]byte{127, 0, 0, 1}})
			total += time.Since(begin)
			unix.Close(fd)
			if err != nil {
				return 1
			}
		}
		fmt.Println(total.Nanoseconds() / n)
		return 0
	}
}
