package ahead

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/internal/gocmd"
)

// An attempt is one link that is to wait, from the making of the linker on.
type attempt struct {
	job    *Job
	hot    []string
	cold   string
	cancel context.CancelFunc
	done   chan struct{} // closed when nothing of it runs, or its link was taken
	w      *waiting      // once ready; under Linker.mu
}

// ended reports whether nothing of the attempt runs any more.
func (a *attempt) ended() bool {
	select {
	case <-a.done:
		return true
	default:
		return false
	}
}

// run brings an attempt to where its link waits, and waits with it.
func (l *Linker) run(ctx context.Context, a *attempt) (err error) {
	taken := false
	defer func() {
		if !taken {
			close(a.done)
		}
	}()
	linker, err := l.build(ctx, a.job)
	if err != nil {
		return err
	}
	if why := affordable(l.expected(a.job), 0); why != "" {
		return errors.New(why)
	}
	if err := l.trial(ctx, linker, a); err != nil {
		return err
	}
	start := time.Now()
	w, err := begin(linker, a.job, a.hot, l.cfg.Work, l.knownProbes(), gocmd.Normal)
	if err != nil {
		return err
	}
	select {
	case <-w.ready:
	case <-w.process.Done():
		err := w.outcome()
		w.end()
		if err == nil {
			err = errors.New("it ended and said nothing")
		}
		return l.failed(err)
	case <-ctx.Done():
		w.end()
		return ctx.Err()
	}
	if why := affordable(w.memory, w.memory); why != "" {
		w.end()
		return errors.New(why)
	}
	ended := w.process.Done() // w is another's once it is claimed
	l.mu.Lock()
	l.memory = w.memory
	if ctx.Err() == nil {
		a.w = w
	}
	l.mu.Unlock()
	what := strings.Join(a.hot, " ")
	if n := len(a.hot); n > maxNamed {
		what = fmt.Sprintf("%d packages", n)
	}
	l.cfg.Debug("a link waits for %s, ready after %v, %d MB", what,
		time.Since(start).Round(time.Millisecond), w.memory>>20)
	limit := time.NewTimer(waitsFor)
	defer limit.Stop()
	select {
	case <-a.done: // claimed
		taken = true
		return nil
	case <-ctx.Done():
	case <-limit.C:
	case <-ended:
	}
	l.mu.Lock()
	if taken = a.ended(); !taken {
		a.w = nil
		if l.current == a {
			l.current = nil
		}
	}
	l.mu.Unlock()
	if !taken {
		w.end()
	}
	return nil
}

// expected returns how much memory a link of a job will take.
func (l *Linker) expected(job *Job) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.memory > 0 {
		return l.memory
	}
	return int64(guessPerArchive * float64(job.size()))
}

func (l *Linker) knownProbes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.probes
}

// failed counts a link that ended before it was ready.
func (l *Linker) failed(err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fail()
	return err
}

func (l *Linker) fail() {
	l.count.Failed++
	if l.failures++; l.failures == maxFailures {
		l.cfg.Debug("no link ahead of this program any more, after %d failures in a row", l.failures)
	}
}

// build returns the linker's executable.
func (l *Linker) build(ctx context.Context, job *Job) (string, error) {
	l.mu.Lock()
	exe := l.exe
	l.mu.Unlock()
	if exe != "" {
		return exe, nil
	}
	// GOROOT/pkg/tool/GOOS_GOARCH/link.
	goroot := filepath.Dir(filepath.Dir(filepath.Dir(filepath.Dir(job.Tool))))
	start := time.Now()
	exe, err := Build(ctx, l.cfg.Cache, Toolchain{GOROOT: goroot, Tool: job.Tool, Env: job.Env})
	if err != nil {
		if ctx.Err() == nil {
			l.TurnOff(err.Error())
		}
		return "", err
	}
	l.cfg.Debug("the linker for links ahead is there after %v", time.Since(start).Round(time.Millisecond))
	l.mu.Lock()
	defer l.mu.Unlock()
	l.exe = exe
	return exe, nil
}

// trial proves the linker for jobs like that of an attempt, unless that was done: it links what the
// stock linker has linked.
func (l *Linker) trial(ctx context.Context, linker string, a *attempt) error {
	l.mu.Lock()
	proved := l.proved
	l.mu.Unlock()
	if proved {
		return nil
	}
	if a.job.Proof == "" {
		return errors.New("there is nothing to try it on")
	}
	w, err := begin(linker, a.job, a.hot, l.cfg.Work, l.knownProbes(), gocmd.Idle)
	if err != nil {
		return err
	}
	exe, err := w.link(ctx, a.job)
	if err != nil {
		return l.failed(fmt.Errorf("trial: %w", err))
	}
	defer w.end()
	same, err := SameFiles(exe, a.job.Proof)
	if err != nil {
		return fmt.Errorf("trial: %w", err)
	}
	if !same {
		return l.differ("the trial", exe, a.job.Proof)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.proved = l.kind == a.job.kind()
	l.noteProbes(w, a.job)
	return nil
}
