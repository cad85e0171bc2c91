//go:build amd64 || arm64

package exec

import (
	"net"
	"strings"
	"testing"
)

// A program that ends when somebody answers on its port, as that must be another
// instance of it, is not ended by its own kept port; and one that takes the first port
// that nobody answers on keeps its port.
func TestProgramDialsItsOwnPort(t *testing.T) {
	for _, listens := range []string{"tcp 127.0.0.1:", "tcp :", "tcp4 :", "tcp [::1]:"} {
		t.Run(listens, func(t *testing.T) {
			p := port(t)
			host := "127.0.0.1:"
			if strings.Contains(listens, "::1") {
				host = "[::1]:"
			}
			r := newRig(t, nil)
			dial, free, listen := "dial "+host+p, "free "+p, "listen "+listens+p
			any, child, udp := "dial :"+p, "child dial "+host+p, "udp "+host+p
			for i := range 4 {
				var wait chan error
				if i > 0 {
					r.program.Retire()
					within(t, r.program.Done(), "the old version's end")
					r.program = nil
					wait = make(chan error, 1)
					go func() { // somebody else is not refused
						_, err := get(host + p)
						wait <- err
					}()
				}
				said := r.act(dial, any, child, free, udp, listen)
				expectSteps(t, said, dial, "connection refused", any, "connection refused",
					child, "connection refused", free, p, udp, "ok", listen, "ok")
				if wait != nil {
					if err := <-wait; err != nil {
						t.Errorf("a client from outside: %v", err)
					}
				}
				within(t, r.program.Ready(), "a version")
			}
			// Once it listens it reaches itself.
			expectSteps(t, r.act(listen, dial, child), listen, "ok", dial, "ok", child, "ok")
		})
	}
}

// With overlap the version before is another instance, and answers.
func TestProgramDialsTheVersionBefore(t *testing.T) {
	address := freePort(t, "tcp4", "127.0.0.1")
	r := newRig(t, nil)
	dial, listen := "dial "+address, "listen tcp4 "+address
	expectSteps(t, r.act(listen), listen, "ok")
	old := r.program
	expectSteps(t, r.actBeside(dial, listen), dial, "ok", listen, "ok")
	old.Retire()
	within(t, old.Done(), "the old version's end")
}

// A program that uses user notification itself is told of once, and has it from its
// next start on; its ports are not kept then, and not in its way.
func TestProgramWithUserNotification(t *testing.T) {
	r := newRig(t, nil)
	var said []string
	r.ports.say = func(line string) { said = append(said, line) }
	address := freePort(t, "tcp4", "127.0.0.1")
	listen, filter := "listen tcp4 "+address, "filter"
	expectSteps(t, r.act(listen, filter, filter), listen, "ok", filter, "device or resource busy")
	r.program.Retire()
	within(t, r.program.Done(), "the old version's end")
	if len(said) != 1 || !strings.Contains(said[0], "user notification") {
		t.Errorf("the user was told %q", said)
	}
	r.program = nil
	for range 2 {
		expectSteps(t, r.act(listen, filter), listen, "ok", filter, "ok")
	}
	if conn, err := net.Dial("tcp", address); err != nil {
		t.Error(err)
	} else {
		conn.Close()
	}
	if len(said) != 1 {
		t.Errorf("the user was told %q", said)
	}
}

// A program that only asks whether the kernel has user notification keeps its ports.
func TestProgramAsksForUserNotification(t *testing.T) {
	r := newRig(t, nil)
	const ask = "ask"
	expectSteps(t, r.act(ask), ask, "bad address")
	r.ports.mu.Lock()
	defer r.ports.mu.Unlock()
	if r.ports.broken {
		t.Error("a question has turned the keeping off")
	}
}
