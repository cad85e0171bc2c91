package direct

import (
	"context"
	"os"
	"time"
)

// A prelink is a link that was begun while a twin was still being compiled, on the supposition
// that the twin will show what is hoped for. It is the link of the plan then; if not, it is
// given up. No program is started before the twin has answered.
type prelink struct {
	key    Key
	dir    string
	cancel context.CancelFunc
	done   chan struct{} // closed by the goroutine of the link
	exe    string        // once done
	took   time.Duration // once done
	err    error         // once done
}

// startLink begins a link in the background.
func (d *Session) startLink(ctx context.Context, l *Link) (*prelink, error) {
	dir, err := os.MkdirTemp(d.setup.Work, "link")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	p := &prelink{key: l.Key, dir: dir, cancel: cancel, done: make(chan struct{})}
	run, env, recipe := d.setup.Run, d.env, d.state.Recipe
	go func() {
		defer close(p.done)
		start := time.Now()
		p.exe, p.err = link(ctx, run, env, recipe, dir, l)
		p.took = time.Since(start)
	}()
	return p, nil
}

// wait returns the executable.
func (p *prelink) wait() (string, error) {
	<-p.done
	p.cancel()
	return p.exe, p.err
}

// discard ends a link that nobody wants, if there is one.
func (p *prelink) discard() {
	if p == nil {
		return
	}
	p.cancel()
	<-p.done
	os.RemoveAll(p.dir)
}
