//go:build amd64 || arm64

package exec

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// ask asks an address through a program's Dial who answers.
func ask(t *testing.T, p *Program, address string) int {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DialContext: p.Dial, DisableKeepAlives: true}, Timeout: patience}
	r, err := client.Get("http://" + address + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// While two versions share a listener, each is reached through its own Dial, and
// nobody's request is lost by that.
func TestDialReachesItsProgram(t *testing.T) {
	for _, network := range [][2]string{{"tcp4", "127.0.0.1"}, {"tcp6", "::1"}} {
		address := freePort(t, network[0], network[1])
		r := newRig(t, func(int) []string { return []string{address} })
		r.replace()
		awaitListener(t, address)
		second := r.start()
		t.Cleanup(func() {
			second.Kill()
			within(t, second.Done(), "a kill")
		})
		c, stop := posting.run(address)
		for i := range 100 {
			for _, p := range []*Program{r.program, second} {
				if got := ask(t, p, address); got != p.Pid() {
					t.Fatalf("question %d to %d was answered by %d", i, p.Pid(), got)
				}
			}
		}
		stop()
		t.Logf("second: %v", c)
		if c.bad() > 0 {
			t.Error("not all were answered")
		}
	}
}

// A question waits for a program that starts, although the version before would
// answer it.
func TestDialWaitsForItsProgram(t *testing.T) {
	address := freePort(t, "tcp4", "127.0.0.1")
	r := newRig(t, func(version int) []string {
		if version == 1 {
			return []string{address, "slow-start"}
		}
		return []string{address}
	})
	r.replace()
	awaitListener(t, address)
	second := r.start()
	t.Cleanup(func() {
		second.Kill()
		within(t, second.Done(), "a kill")
	})
	if got := ask(t, second, address); got != second.Pid() {
		t.Errorf("%d answered for %d", got, second.Pid())
	}
	// In the queue of one that runs alone.
	r.program.Retire()
	within(t, r.program.Done(), "the old version's end")
	r.program = nil
	second.Retire()
	within(t, second.Done(), "the old version's end")
	r.version = 1
	r.replace()
	if got := ask(t, r.program, address); got != r.program.Pid() {
		t.Errorf("%d answered for %d", got, r.program.Pid())
	}
}

// A program that answers unasked and closes at once is reached, too.
func TestDialIsGreeted(t *testing.T) {
	r := newRig(t, nil)
	address := freePort(t, "tcp4", "127.0.0.1")
	greet := "greet tcp4 " + address
	for range 2 {
		expectSteps(t, r.act(greet), greet, "ok")
		for range 20 {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			conn, err := r.program.Dial(ctx, "tcp", address)
			cancel()
			if err != nil {
				t.Fatal(err)
			}
			if b, err := io.ReadAll(conn); err != nil || string(b) != strconv.Itoa(r.program.Pid()) {
				t.Errorf("answered %q, %v", b, err)
			}
			conn.Close()
		}
	}
}

// A question to a port that the program has left ends, and one to a server of
// somebody else's is as by net.Dialer.
func TestDialElsewhere(t *testing.T) {
	first, second := freePort(t, "tcp4", "127.0.0.1"), freePort(t, "tcp4", "127.0.0.1")
	r := newRig(t, func(version int) []string { return []string{[]string{first, second}[version]} })
	r.replace()
	awaitListener(t, first)
	r.replace()
	_, err := r.program.Dial(t.Context(), "tcp", first)
	if err == nil {
		t.Error("a port that nobody listens on was answered")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn, err := r.program.Dial(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	r.version = 0
	r.args = func(int) []string { return []string{second, "slow-start"} }
	r.replace()
	if _, err := r.program.Dial(ctx, "tcp", second); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("after the limit: %v", err)
	}
}

// Ready is what Spec.Ready says, and its context ends with the program.
func TestSpecReady(t *testing.T) {
	address := freePort(t, "tcp4", "127.0.0.1")
	r := newRig(t, nil)
	argv := helper(t, "serve", address)
	yes, over := make(chan bool), make(chan error)
	start := func(f func(ctx context.Context, dial Dial) error) *Program {
		p, err := Start(Spec{Path: argv[0], Args: argv, Stderr: os.Stderr, Ports: r.ports, Ready: f})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			p.Kill()
			within(t, p.Done(), "a kill")
		})
		return p
	}
	p := start(func(context.Context, Dial) error {
		<-yes
		return nil
	})
	awaitListener(t, address)
	if got := ask(t, p, address); got != p.Pid() {
		t.Fatalf("%d answers", got)
	}
	select {
	case <-p.Ready():
		t.Error("ready because it listens")
	default:
	}
	yes <- true
	within(t, p.Ready(), "ready")
	p = start(func(ctx context.Context, _ Dial) error {
		<-ctx.Done()
		over <- ctx.Err()
		return ctx.Err()
	})
	p.Kill()
	if err := <-over; err == nil {
		t.Error("the context goes on without the program")
	}
	within(t, p.Done(), "a kill")
	select {
	case <-p.Ready():
		t.Error("ready when it has ended")
	default:
	}
}
