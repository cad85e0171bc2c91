package front

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/gorun-dev/gorun/exec"
)

// A second port, for systems where the program's own port cannot be had, and programs whose
// ports are not kept: every client of it is the front's. The program sees the connections come
// from this machine.

// ListenAndServe serves the clients of an address. The program listens at another one, "" if
// that is to be found out. It returns when it listens; stop ends that.
func (f *Front) ListenAndServe(address, program string) (stop func(), err error) {
	if program == "" && !exec.FindsListeners {
		return nil, errors.New("where the program listens must be said: -browser=" + address + ",:8080")
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	_, own, _ := net.SplitHostPort(l.Addr().String())
	go func() {
		for {
			conn, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil {
				time.Sleep(dialPause) // no descriptors, for the time being
				continue
			}
			go f.Serve(conn, func(ctx context.Context) (*exec.Passage, error) {
				up, err := f.dialProgram(ctx, program, own)
				if err != nil {
					return nil, err
				}
				return &exec.Passage{Conn: up}, nil
			})
		}
	}()
	return func() { l.Close() }, nil
}

// dialPause is the pause between two attempts to connect to a program that starts.
const dialPause = 20 * time.Millisecond

// dialProgram connects to the program, which may be about to start.
func (f *Front) dialProgram(ctx context.Context, address, own string) (net.Conn, error) {
	for ctx.Err() == nil {
		to := address
		if to == "" {
			to = f.listening(own)
		}
		if to != "" {
			conn, err := new(net.Dialer).DialContext(ctx, "tcp", to)
			if err == nil {
				return conn, nil
			}
		}
		now := f.now()
		if now.down() != nil {
			return nil, errors.New("no program runs")
		}
		time.Sleep(dialPause)
	}
	return nil, ctx.Err()
}

// listening is the first address on which the program listens, "" if there is none. Own is the
// port of the front.
func (f *Front) listening(own string) string {
	pid := f.now().running
	if pid == 0 {
		return ""
	}
	for _, address := range exec.Listening(pid) {
		if host, port, err := net.SplitHostPort(address); err == nil && port != own {
			if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
				host = ""
			}
			return net.JoinHostPort(host, port)
		}
	}
	return ""
}
