package direct

import (
	"context"
	"os"
	"time"
)

// An earlyLink is a link that began while a twin was still being compiled, on the assumption that
// the twin will have the export data that importers know. Then it is the link of the plan; if
// not, it is given up. The program starts only when the twin is compiled.
type earlyLink struct {
	key    Key
	dir    string // once done, that of exe
	cancel context.CancelFunc
	done   chan struct{} // closed by the goroutine of the link
	exe    string        // once done
	ahead  bool          // exe is of a link that waited; once done
	took   time.Duration // once done
	err    error         // once done
}

// startLink begins a link in the background.
func (d *Session) startLink(ctx context.Context, l *Link) (*earlyLink, error) {
	dir, err := os.MkdirTemp(d.setup.Work, "link")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	p := &earlyLink{key: l.Key, dir: dir, cancel: cancel, done: make(chan struct{})}
	setup, env, recipe := d.setup, d.env, d.state.Recipe
	go func() {
		defer close(p.done)
		ended, err := setup.Turns.link(ctx)
		if err != nil {
			p.err = err
			return
		}
		defer ended()
		start := time.Now()
		p.exe, p.ahead, p.err = makeExecutable(ctx, &setup, env, recipe, dir, l)
		if p.ahead {
			os.RemoveAll(dir)
			p.dir = linkDir(p.exe)
		}
		p.took = time.Since(start)
	}()
	return p, nil
}

// wait returns the executable.
func (p *earlyLink) wait() (string, error) {
	<-p.done
	p.cancel()
	return p.exe, p.err
}

// discard ends a link that nobody wants, if there is one.
func (p *earlyLink) discard() {
	if p == nil {
		return
	}
	p.cancel()
	<-p.done
	os.RemoveAll(p.dir)
}
