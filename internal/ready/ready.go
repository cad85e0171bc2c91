// Package ready finds out whether a program can do its work: whether a URL
// answers, an address accepts, or a line of output has come.
//
// Parse reads the user's words into a Probe, which may be asked for one program
// after another: each gets a Watch of its own. Invariant: a Watch says yes once, and
// never before the program itself has answered; that an address is answered by
// somebody else, the version before say, is for the Dial function to prevent, which
// exec has. How long to wait, and what not being ready means, is live's.
package ready

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// firstPause is the pause between two questions at first: a program that is
	// quick to start should not be waited for much longer than it takes.
	firstPause = 5 * time.Millisecond
	// longestPause is what it grows to: nobody notices a tenth of a second after
	// a start that takes long.
	longestPause = 100 * time.Millisecond
	// patience is for one question. A handler that warms a cache first may take
	// some seconds; one that hangs should be asked again.
	patience = 10 * time.Second
)

// Dial connects to an address, as the method of net.Dialer of that name.
type Dial = func(ctx context.Context, network, address string) (net.Conn, error)

// A Probe is a way to tell whether a program is ready. Exactly one of its fields
// is set.
type Probe struct {
	url     *url.URL
	address string // of TCP
	line    *regexp.Regexp
}

// Parse reads http://…, https://…, tcp:ADDRESS and log:REGEXP.
func Parse(text string) (*Probe, error) {
	kind, rest, _ := strings.Cut(text, ":")
	switch kind {
	case "http", "https":
		u, err := url.Parse(text)
		switch {
		case err != nil:
			return nil, errors.New(strings.TrimPrefix(err.Error(), "parse "))
		case u.Hostname() == "":
			return nil, errors.New("a URL with a host is needed, such as http://127.0.0.1:8080/healthz")
		}
		return &Probe{url: u}, nil
	case "tcp":
		rest = strings.TrimPrefix(rest, "//")
		host, port, err := net.SplitHostPort(rest)
		if err != nil || port == "" || port == "0" {
			return nil, errors.New("an address with a port is needed, such as tcp:127.0.0.1:8080 or tcp::8080")
		}
		if host == "" {
			host = "localhost"
		}
		return &Probe{address: net.JoinHostPort(host, port)}, nil
	case "log":
		if rest == "" {
			return nil, errors.New("a regular expression is needed, such as log:listening")
		}
		re, err := regexp.Compile(rest)
		if err != nil {
			return nil, fmt.Errorf("%w\nthe syntax is that of go doc regexp/syntax", err)
		}
		return &Probe{line: re}, nil
	}
	return nil, errors.New("must be http://…, https://…, tcp:ADDRESS or log:REGEXP")
}

// A Watch is a probe of one program.
type Watch struct {
	probe *Probe
	seen  chan struct{} // closed when a line has matched
	match func()        // closes seen
	last  atomic.Pointer[string]
}

// Watch returns a new watch.
func (p *Probe) Watch() *Watch {
	w := &Watch{probe: p, seen: make(chan struct{})}
	w.match = sync.OnceFunc(func() { close(w.seen) })
	return w
}

// Lines returns what looks at the program's output, nil if nothing has to. It may
// be called by several goroutines.
func (w *Watch) Lines() func(line []byte) {
	if w.probe.line == nil {
		return nil
	}
	return func(line []byte) {
		if !isClosed(w.seen) && w.probe.line.Match(line) {
			w.match()
		}
	}
}

// Await waits until the program is ready. The error is that of ctx.
func (w *Watch) Await(ctx context.Context, dial Dial) error {
	ask := w.probe.connects
	switch {
	case w.probe.line != nil:
		select {
		case <-w.seen:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	case w.probe.url != nil:
		ask = w.probe.answers
	}
	pause := firstPause
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		err := within(ctx, func(ctx context.Context) error { return ask(ctx, dial) })
		if err == nil {
			return nil
		}
		if ctx.Err() == nil {
			text := err.Error()
			w.last.Store(&text)
		}
		timer.Reset(pause)
		pause = min(2*pause, longestPause)
	}
}

// Missing says what a program that is not ready has not done, as far as is known.
func (w *Watch) Missing() string {
	p := w.probe
	last := w.last.Load()
	switch {
	case p.line != nil:
		return fmt.Sprintf("no line has matched %q", p.line)
	case last != nil:
		return *last
	case p.url != nil:
		return fmt.Sprintf("%s does not answer", p.url.Redacted())
	}
	return fmt.Sprintf("%s does not accept", p.address)
}

// within asks one question.
func within(ctx context.Context, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return ask(ctx)
}

func (p *Probe) connects(ctx context.Context, dial Dial) error {
	conn, err := dial(ctx, "tcp", p.address)
	if err != nil {
		return fmt.Errorf("%s: %w", p.address, cause(err))
	}
	conn.Close()
	return nil
}

// cause is the part of an error of package net that says something new.
func cause(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("no answer")
	}
	var e *net.OpError
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

// isLoopback reports whether a host is this machine by its very name.
func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && ip.IsLoopback()
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
