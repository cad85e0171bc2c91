//go:build linux && (amd64 || arm64)

package exec

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gorun-dev/gorun/internal/longtest"
)

// The programs: unmodified servers that know nothing of gorun.
func init() {
	// serve ADDRESS [shutdown] [slow-start] [stubborn-start=FILE] [crash] [second=ADDRESS] [reuseport] [closes]
	helpers["serve"] = func(args []string) int {
		var (
			shutdown bool
			config   net.ListenConfig
			second   string
		)
		for _, a := range args[1:] {
			switch {
			case a == "shutdown":
				shutdown = true
			case a == "slow-start":
				time.Sleep(2 * time.Second)
			case strings.HasPrefix(a, "stubborn-start="):
				signal.Ignore(syscall.SIGTERM)
				file := a[len("stubborn-start="):]
				if err := os.WriteFile(file+".awaited", nil, 0o666); err != nil {
					return 2
				}
				for !exists(file) {
					time.Sleep(time.Millisecond)
				}
			case a == "crash":
				fmt.Fprintln(os.Stderr, "ouch")
				return 3
			case a == "reuseport":
				config.Control = func(_, _ string, c syscall.RawConn) error {
					return c.Control(func(fd uintptr) {
						_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
					})
				}
			case strings.HasPrefix(a, "second="):
				second = a[len("second="):]
			}
		}
		mux := http.NewServeMux()
		mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
			if d, err := time.ParseDuration(r.URL.Query().Get("wait")); err == nil {
				select {
				case <-time.After(d):
				case <-r.Context().Done():
					panic(http.ErrAbortHandler)
				}
			}
			if want, err := strconv.Atoi(r.URL.Query().Get("read")); err == nil {
				body, err := io.ReadAll(r.Body)
				if err != nil || len(body) != want {
					http.Error(w, fmt.Sprintf("%d bytes, %v", len(body), err), http.StatusBadRequest)
					return
				}
			}
			// An answer of several writes, with a pause in between.
			if r.URL.Query().Has("long") {
				part := strings.Repeat("x", 100_000)
				fmt.Fprint(w, part)
				w.(http.Flusher).Flush()
				time.Sleep(10 * time.Millisecond)
				fmt.Fprint(w, part)
			}
			if r.URL.Query().Has("remote") {
				fmt.Fprintln(w, r.RemoteAddr)
				return
			}
			fmt.Fprintln(w, os.Getpid())
		})
		server := &http.Server{Handler: mux}
		l, err := config.Listen(context.Background(), "tcp", args[0])
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		if second != "" {
			go func() {
				time.Sleep(100 * time.Millisecond)
				l, err := net.Listen("tcp", second)
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				_ = server.Serve(l)
			}()
		}
		if slices.Contains(args, "greets") {
			for {
				c, err := l.Accept()
				if err != nil {
					return 1
				}
				fmt.Fprintf(c, "220 %v\n", c.RemoteAddr())
				c.Close()
			}
		}
		if slices.Contains(args, "closes") {
			mux.HandleFunc("/close", func(http.ResponseWriter, *http.Request) { l.Close() })
			_ = server.Serve(l)
			select {}
		}
		if !shutdown {
			fmt.Fprintln(os.Stderr, server.Serve(l))
			return 1
		}
		stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		defer cancel()
		go func() { _ = server.Serve(l) }()
		<-stop.Done()
		_ = server.Shutdown(context.Background())
		return 0
	}
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// freePort returns an address on which nobody listens. It is outside the range from which the
// kernel gives ports to connections and to ":0", so that no test beside this one is given it,
// and no other call of this process returns it.
func freePort(t testing.TB, network, host string) string {
	t.Helper()
	var err error
	for range 100 {
		port := 10000 + nextPort.Add(1)%20000
		var l net.Listener
		if l, err = net.Listen(network, net.JoinHostPort(host, fmt.Sprint(port))); err == nil {
			defer l.Close()
			return l.Addr().String()
		}
	}
	t.Skip(err)
	return ""
}

// nextPort begins elsewhere in each process.
var nextPort = func() *atomic.Int64 {
	n := new(atomic.Int64)
	n.Store(int64(os.Getpid()) * 101)
	return n
}()

// A tally is what a load came to.
type tally struct {
	ok, refused, reset, failed atomic.Int64
	longest                    atomic.Int64 // nanoseconds
	errors                     sync.Map
}

func (c *tally) count(begin time.Time, err error) {
	for d := int64(time.Since(begin)); ; {
		was := c.longest.Load()
		if d <= was || c.longest.CompareAndSwap(was, d) {
			break
		}
	}
	switch {
	case err == nil:
		c.ok.Add(1)
		return
	case errors.Is(err, syscall.ECONNREFUSED):
		c.refused.Add(1)
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		c.reset.Add(1)
	default:
		c.failed.Add(1)
	}
	c.errors.Store(err.Error(), true)
}

func (c *tally) bad() int64 { return c.refused.Load() + c.reset.Load() + c.failed.Load() }

func (c *tally) String() string {
	return fmt.Sprintf("%d ok, %d refused, %d reset, %d failed, longest wait %v", c.ok.Load(), c.refused.Load(),
		c.reset.Load(), c.failed.Load(), time.Duration(c.longest.Load()).Round(time.Millisecond))
}

// A load is what clients do.
type load struct {
	clients int
	post    bool // what net/http does not send again
	once    bool // a new connection for each request
	path    string

	body     func() io.Reader // of a POST; nil means one byte
	expect   bool             // asks whether it may send the body first
	slowHead time.Duration    // pause within the head of each request
}

var (
	posting = load{clients: 8, post: true, once: true, path: "/"}
	getting = load{clients: 8, path: "/"}
	staying = load{clients: 8, post: true, path: "/"}
	long    = load{clients: 8, path: "/?long"}
	slow    = load{clients: 64, path: "/?wait=1s"}

	chunked   = load{clients: 8, post: true, path: "/?read=8", body: chunks(4, 0)}
	slowBody  = load{clients: 8, post: true, path: "/?read=10", body: chunks(5, 100*time.Millisecond)}
	expecting = load{clients: 8, post: true, path: "/?read=8", body: chunks(4, 0), expect: true}
	slowHead  = load{clients: 8, post: true, path: "/", slowHead: 500 * time.Millisecond}
	slowAll   = load{clients: 8, post: true, path: "/?read=6", body: chunks(3, 50*time.Millisecond), expect: true,
		slowHead: 100 * time.Millisecond}
)

// chunks returns bodies that come in n pieces of two bytes, with pauses.
func chunks(n int, pause time.Duration) func() io.Reader {
	return func() io.Reader {
		r, w := io.Pipe()
		go func() {
			for range n {
				time.Sleep(pause)
				if _, err := io.WriteString(w, "xy"); err != nil {
					return
				}
			}
			w.Close()
		}()
		return r
	}
}

// A hesitantConn makes a pause in the middle of each request's head.
type hesitantConn struct {
	net.Conn
	pause time.Duration
}

func (c hesitantConn) Write(b []byte) (n int, err error) {
	if !bytes.HasPrefix(b, []byte("POST ")) {
		return c.Conn.Write(b)
	}
	// Before it, within the first line, and after that.
	for _, end := range []int{0, 9, 40} {
		time.Sleep(c.pause / 3)
		m, err := c.Conn.Write(b[n:min(end, len(b))])
		if n += m; err != nil {
			return n, err
		}
	}
	m, err := c.Conn.Write(b[n:])
	return n + m, err
}

// run begins a load; stop ends it and waits for the requests under way.
func (l load) run(address string) (c *tally, stop func()) {
	c = new(tally)
	over := make(chan struct{})
	var clients sync.WaitGroup // l.clients
	transport := &http.Transport{DisableKeepAlives: l.once, MaxIdleConnsPerHost: l.clients}
	transport.ExpectContinueTimeout = 20 * time.Second
	if l.slowHead > 0 {
		transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, address)
			return hesitantConn{conn, l.slowHead}, err
		}
	}
	client := &http.Client{Transport: transport, Timeout: 30 * time.Second}
	url := "http://" + address + l.path
	for range l.clients {
		clients.Go(func() {
			for {
				select {
				case <-over:
					return
				default:
				}
				begin := time.Now()
				var r *http.Response
				var err error
				if l.post {
					r, err = l.send(client, url)
				} else {
					r, err = client.Get(url)
				}
				if err == nil {
					_, err = io.Copy(io.Discard, r.Body)
					r.Body.Close()
					if err == nil && r.StatusCode != http.StatusOK {
						err = errors.New(r.Status)
					}
				}
				c.count(begin, err)
				if err != nil {
					time.Sleep(time.Millisecond) // a refused client would take the machine
				}
			}
		})
	}
	return c, func() {
		close(over)
		clients.Wait()
		transport.CloseIdleConnections()
	}
}

// send makes one POST.
func (l load) send(client *http.Client, url string) (*http.Response, error) {
	var body io.Reader = strings.NewReader("x")
	if l.body != nil {
		body = l.body()
	}
	r, err := http.NewRequest(http.MethodPost, url, body)
	if err != nil {
		return nil, err
	}
	if l.expect {
		r.Header.Set("Expect", "100-continue")
	}
	return client.Do(r)
}

// A version that is retired at any moment of its start costs nothing either.
func TestHastySwaps(t *testing.T) {
	address := freePort(t, "tcp4", "127.0.0.1")
	r := newRig(t, func(int) []string { return []string{address} })
	r.replace()
	awaitListener(t, address)
	c, stop := posting.run(address)
	for i := range swaps(t, 100) {
		r.replace()
		time.Sleep(time.Duration(i%20) * time.Millisecond)
	}
	stop()
	t.Logf("%v", c)
	if c.bad() > 0 {
		t.Error("not all were answered")
	}
}

// A version that binds when it has been told to end gets no client, in whatever way
// it tries.
func TestBindsWhenRetired(t *testing.T) {
	address := freePort(t, "tcp4", "127.0.0.1")
	bind := filepath.Join(t.TempDir(), "bind")
	r := newRig(t, func(version int) []string {
		if version == 1 {
			return []string{address, "stubborn-start=" + bind}
		}
		return []string{address}
	})
	r.replace()
	awaitListener(t, address)
	c, stop := posting.run(address)
	r.replace()
	eventually(t, "a version that does not listen yet", func() bool { return exists(bind + ".awaited") })
	r.program.Retire()
	eventually(t, "the signal", func() bool {
		r.ports.mu.Lock()
		defer r.ports.mu.Unlock()
		return r.program.portUser.signalled
	})
	if err := os.WriteFile(bind, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	within(t, r.program.Done(), "the end of a version that cannot listen")
	if out := r.program.Outcome(); out.Code != 1 {
		t.Errorf("%v, want status 1: it is told that it cannot listen", out)
	}
	r.replace()
	was := c.ok.Load()
	eventually(t, "answers", func() bool { return c.ok.Load() > was || c.bad() > 0 })
	stop()
	t.Logf("%v", c)
	if c.bad() > 0 {
		t.Error("not all were answered")
	}
}

// A rig runs versions of a program one after the other.
type rig struct {
	t     testing.TB
	ports *Ports
	grace time.Duration
	args  func(version int) []string

	version int
	program *Program
}

func newRig(t testing.TB, args func(version int) []string) *rig {
	ports, err := KeepPorts(nil, nil)
	if err != nil {
		t.Skip(err)
	}
	if testing.Verbose() {
		ports.debug = t.Logf
	}
	if *ownSocketsFlag {
		ports.way = ownSockets
	}
	r := &rig{t: t, ports: ports, grace: 3 * time.Second, args: args}
	t.Cleanup(func() {
		if r.program != nil {
			r.program.Kill()
			within(t, r.program.Done(), "a kill")
		}
		ports.mu.Lock()
		ports.debug = func(string, ...any) {}
		ports.mu.Unlock()
		ports.Close()
	})
	return r
}

func (r *rig) start() *Program {
	r.t.Helper()
	argv := helper(r.t, "serve", r.args(r.version)...)
	r.version++
	p, err := Start(Spec{Path: argv[0], Args: argv, Stderr: os.Stderr, Ports: r.ports, Grace: r.grace})
	if err != nil {
		r.t.Fatal(err)
	}
	return p
}

// replace is -swap=replace: the old one stops, then the new one starts.
func (r *rig) replace() {
	r.t.Helper()
	if r.program != nil {
		r.program.Retire()
		within(r.t, r.program.Done(), "the old version's end")
	}
	r.program = r.start()
}

// overlap is -swap=overlap: it reports whether the new version became ready.
func (r *rig) overlap() bool {
	r.t.Helper()
	p := r.start()
	select {
	case <-p.Ready():
	case <-p.Done():
		return false
	case <-time.After(patience):
		r.t.Fatal("neither ready nor dead")
	}
	r.program.Retire()
	within(r.t, r.program.Done(), "the old version's end")
	r.program = p
	return true
}

// awaitListener waits until somebody listens.
func awaitListener(t testing.TB, address string) {
	t.Helper()
	eventually(t, "a listener", func() bool {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return false
		}
		conn.Close()
		return true
	})
}

// ownSocketsFlag is for the tests of kept ports where pidfd_getfd is refused.
var ownSocketsFlag = flag.Bool("own-sockets", false, "keep ports without pidfd_getfd")

// swapsFlag is for the whole of it: go test -v -run TestSwapUnderLoad ./exec -swaps=50
var swapsFlag = flag.Int("swaps", 0, "swaps under each load; 0 means some, and twice as many with the long tests")

func swaps(t *testing.T, n int) int {
	if *swapsFlag > 0 {
		return *swapsFlag
	}
	return longtest.Cases(max(2, n/4), max(2, n/2))
}

// No swap refuses, resets or loses a request.
func TestSwapUnderLoad(t *testing.T) {
	ways := map[string]func(*rig){
		"replace": (*rig).replace,
		"overlap": func(r *rig) { r.overlap() },
	}
	tests := []struct {
		name    string
		way     string
		load    load
		swaps   int
		options []string
	}{
		{"post", "replace", posting, 50, nil},
		{"post, shutdown", "replace", posting, 50, []string{"shutdown"}},
		{"get", "replace", getting, 50, nil},
		{"get, shutdown", "replace", getting, 20, []string{"shutdown"}},
		{"long get", "replace", long, 20, nil},
		{"kept post", "replace", staying, 20, nil},
		{"kept post, shutdown", "replace", staying, 10, []string{"shutdown"}},
		{"kept post", "overlap", staying, 10, nil},
		{"slow", "replace", slow, 5, nil},
		{"slow, shutdown", "replace", slow, 5, []string{"shutdown"}},
		{"post", "overlap", posting, 50, nil},
		{"get, shutdown", "overlap", getting, 10, []string{"shutdown"}},
		{"get", "overlap", getting, 20, nil},
		{"slow", "overlap", slow, 5, nil},
		{"slow start", "replace", posting, 5, []string{"slow-start"}},
		{"slow start", "overlap", posting, 5, []string{"slow-start"}},
		{"reuseport", "replace", posting, 20, []string{"reuseport"}},
		{"chunked", "replace", chunked, 10, nil},
		{"chunked, shutdown", "replace", chunked, 10, []string{"shutdown"}},
		{"chunked", "overlap", chunked, 5, nil},
		{"expecting", "replace", expecting, 10, nil},
		{"expecting, shutdown", "replace", expecting, 5, []string{"shutdown"}},
		{"slow body", "replace", slowBody, 5, nil},
		{"slow body, shutdown", "replace", slowBody, 5, []string{"shutdown"}},
		{"slow head", "replace", slowHead, 5, nil},
		{"slow head, shutdown", "replace", slowHead, 5, []string{"shutdown"}},
		{"slow head, body, and expecting", "overlap", slowAll, 5, nil},
	}
	for _, tt := range tests {
		t.Run(tt.way+"/"+tt.name, func(t *testing.T) {
			if strings.HasPrefix(tt.name, "slow") {
				t.Parallel() // waiting takes most of their time
			}
			address := freePort(t, "tcp4", "127.0.0.1")
			r := newRig(t, func(int) []string { return append([]string{address}, tt.options...) })
			r.replace()
			awaitListener(t, address)
			c, stop := tt.load.run(address)
			begin := time.Now()
			n := swaps(t, tt.swaps)
			for range n {
				ways[tt.way](r)
				was, enough := c.ok.Load(), int64(100)
				if tt.load.slowHead > 0 || strings.HasPrefix(tt.name, "slow") {
					enough = 2 * int64(tt.load.clients)
				}
				// Enough for the version to be in full swing.
				eventually(t, "answers", func() bool { return c.ok.Load() > was+enough || c.bad() > 0 })
			}
			took := time.Since(begin) / time.Duration(n)
			stop()
			t.Logf("%d swaps of %v: %v", n, took.Round(time.Millisecond), c)
			if c.bad() > 0 {
				c.errors.Range(func(k, _ any) bool { t.Error(k); return true })
			}
		})
	}
}
