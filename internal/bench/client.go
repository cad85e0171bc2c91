package main

import (
	"context"
	"io"
	"net/http"
	"time"
)

// An outage is what a client noticed of a reload.
type outage struct {
	refused time.Duration // from each attempt that failed to the next that did not
	longest time.Duration // the longest wait for an answer that came

	since time.Time // the first failure that no answer has followed yet
}

func (a *outage) add(begin time.Time, took time.Duration, ok bool) {
	switch {
	case ok:
		a.longest = max(a.longest, took)
		a.close(begin)
	case a.since.IsZero():
		a.since = begin
	}
}

func (a *outage) close(at time.Time) {
	if !a.since.IsZero() {
		a.refused += at.Sub(a.since)
		a.since = time.Time{}
	}
}

// A client asks a program over and over, with a new connection each time. A nil
// one asks nobody.
type client struct {
	cancel context.CancelFunc
	done   chan struct{} // closed by its goroutine
	seen   outage        // its goroutine's until then
}

// askEvery is short against what is measured, and leaves the processor to the
// build.
const askEvery = 4 * time.Millisecond

func ask(addr string) *client {
	if addr == "" {
		return nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	c := &client{cancel: cancel, done: make(chan struct{})}
	web := newWeb()
	go func() {
		defer close(c.done)
		tick := time.NewTicker(askEvery)
		defer tick.Stop()
		for ctx.Err() == nil {
			begin := time.Now()
			ok := answered(ctx, web, addr)
			if ctx.Err() == nil {
				c.seen.add(begin, time.Since(begin), ok)
			}
			select {
			case <-ctx.Done():
			case <-tick.C:
			}
		}
		c.seen.close(time.Now())
	}()
	return c
}

func newWeb() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: seenLimit}
}

func answered(ctx context.Context, web *http.Client, addr string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/", nil)
	if err != nil {
		return false
	}
	res, err := web.Do(req)
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, res.Body)
	res.Body.Close()
	return err == nil && res.StatusCode < 500
}

// stop returns what the client has seen.
func (c *client) stop() outage {
	if c == nil {
		return outage{}
	}
	c.cancel()
	<-c.done
	return c.seen
}
