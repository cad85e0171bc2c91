package ahead

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"time"
)

// Which link waits, and what it is proved by.
//
// A link waits for all packages that may change; where the last saves changed the same ones again, for
// those that saves have changed, and main, which leaves less to be done after the save. Rejected: always
// all, which takes half as long again on caddy; always those that were changed, which is no use each time
// that somebody goes on to the next package; and several links that wait, each of which takes its memory.
//
// Before the first use for a program under one set of flags there is a trial: the link of the very
// archives that the stock linker has linked, whose bytes must be the same.

const (
	// waitsFor is how long a link waits without a save. Whoever has not saved for so long can wait for
	// an ordinary link once, and the memory is of use to somebody else.
	waitsFor = 30 * time.Minute
	// linksFor is how long a link may take: much longer than any did, and no longer than somebody would wait.
	linksFor = 30 * time.Second
	// maxFailures is after how many failures in a row there is no link ahead any more for a program.
	maxFailures = 3
	// awaitEvery is how often a test looks whether a link waits.
	awaitEvery = 2 * time.Millisecond
	// maxNamed is how many hot packages are named in a line of the topic plan.
	maxNamed = 4
	// steadyAfter is how many saves in a row must have changed only packages that were changed before.
	steadyAfter = 2
	// maxEdited is how many packages that were edited are hot.
	maxEdited = 16
)

// A Config is what a Linker is given.
type Config struct {
	Cache string // gorun's cache directory
	Work  string // an existing directory for the links
	Debug func(format string, args ...any)

	// Compare compares each link with one that the stock linker makes at once: for tests.
	Compare bool
}

// A Linker links one program ahead, again and again.
type Linker struct {
	cfg Config

	mu       sync.Mutex
	off      string         // why there is no link ahead any more; "" as long as there may be
	exe      string         // the linker; "" until it is built
	kind     string         // of the jobs, as Job.kind has it
	proved   bool           // by a trial of a job of that kind
	failures int            // of jobs of that kind, in a row
	memory   int64          // what a link that waited took; 0 until one did
	last     *Job           // the job of Begin
	edited   []string       // the packages that saves have changed, the newest last
	steady   int            // saves in a row that changed no other
	current  *attempt       // the newest one; nil where its link was taken
	running  sync.WaitGroup // attempts: the newest, and those before it that are about to end
	count    Counts
	probes   []byte // of the C compiler's flags, by links of jobs of that kind; nil if there were none

	difference *Difference
}

// Counts say what became of links.
type Counts struct{ Linked, Failed, Missed, Compared int }

// New returns a Linker that has nothing yet.
func New(cfg Config) *Linker {
	if cfg.Debug == nil {
		cfg.Debug = func(string, ...any) {}
	}
	return &Linker{cfg: cfg}
}

// errNone says that no link waits.
var errNone = errors.New("no link waits")

// Link makes the executable of a job with the link that waits, and returns its path, dir/exe/NAME in a
// directory below Config.Work that is the caller's from then on. After an error the caller links with
// the stock linker.
func (l *Linker) Link(ctx context.Context, job *Job) (string, error) {
	a, err := l.claim(job)
	if err != nil {
		return "", err
	}
	start := time.Now()
	limited, cancel := context.WithTimeout(ctx, linksFor)
	exe, err := a.w.link(limited, job)
	cancel()
	took := time.Since(start).Round(time.Millisecond)
	if err == nil && l.cfg.Compare {
		if err = l.compare(ctx, job, exe); err != nil {
			a.w.end()
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case err != nil:
		l.fail()
		return "", err
	}
	l.count.Linked++
	l.failures = 0
	l.noteProbes(a.w, job)
	l.cfg.Debug("linked ahead in %v", took)
	return exe, nil
}

// noteProbes notes what the link of a job has found out about the C compiler. The caller holds mu.
func (l *Linker) noteProbes(w *waiting, job *Job) {
	if text, err := os.ReadFile(w.probesFile); err == nil && l.kind == job.kind() {
		l.probes = text
	}
}

// claim returns the attempt whose link waits and fits a job. It notes what the job changes.
func (l *Linker) claim(job *Job) (*attempt, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.off != "" {
		return nil, errNone
	}
	alike := l.kind == job.kind()
	if l.last != nil && alike {
		l.noteChanges(job)
	}
	a := l.current
	if a == nil {
		return nil, errNone
	}
	if !alike || a.cold != job.cold(a.hot) {
		l.count.Missed++
		a.cancel()
		l.current = nil
		return nil, errors.New("the link that waits is another")
	}
	if a.w == nil {
		return nil, errors.New("the link is not ready yet")
	}
	l.current = nil
	close(a.done)
	return a, nil
}

// noteChanges notes which packages a job has changed.
func (l *Linker) noteChanges(job *Job) {
	l.steady++
	for _, p := range job.Hot {
		if job.Archives[p].same(l.last.Archives[p]) {
			continue
		}
		n := len(l.edited)
		l.edited = slices.DeleteFunc(l.edited, func(e string) bool { return e == p })
		if len(l.edited) == n {
			l.steady = 0
		}
		l.edited = append(l.edited, p)
	}
	l.edited = l.edited[max(0, len(l.edited)-maxEdited):]
}

// Begin says that a job was done, and that one alike may follow: a link is to wait for it.
func (l *Linker) Begin(job *Job) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.off != "" {
		return
	}
	if kind := job.kind(); kind != l.kind {
		l.kind, l.proved, l.failures, l.memory = kind, false, 0, 0
		l.edited, l.steady, l.probes = nil, 0, nil
		if why := job.Refused(); why != "" {
			l.failures = maxFailures
			l.cfg.Debug("no link ahead: %s", why)
		}
	}
	l.last = job
	hot := l.hot(job)
	if len(hot) == 0 || l.failures >= maxFailures {
		l.end()
		return
	}
	cold := job.cold(hot)
	if a := l.current; a != nil && a.cold == cold && slices.Equal(a.hot, hot) && !a.ended() {
		return
	}
	before := l.end()
	ctx, cancel := context.WithCancel(context.Background())
	a := &attempt{job: job, hot: hot, cold: cold, cancel: cancel, done: make(chan struct{})}
	l.current = a
	l.running.Go(func() {
		defer cancel()
		if before != nil {
			<-before.done
		}
		if err := l.run(ctx, a); err != nil && ctx.Err() == nil {
			l.cfg.Debug("no link ahead: %v", err)
		}
	})
}

// hot returns the packages that a link is to wait for.
func (l *Linker) hot(job *Job) []string {
	if l.steady < steadyAfter || len(l.edited) == 0 {
		return slices.Sorted(slices.Values(job.Hot))
	}
	hot := slices.Clone(l.edited)
	if slices.Contains(job.Hot, job.Main) {
		hot = append(hot, job.Main)
	}
	slices.Sort(hot)
	return slices.Compact(hot)
}

// end ends the attempt that there is, soon.
func (l *Linker) end() *attempt {
	a := l.current
	l.current = nil
	if a != nil {
		a.cancel()
	}
	return a
}

// End ends the link that waits: what it has loaded holds no more.
func (l *Linker) End() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.end()
}

// TurnOff ends the link that waits; there is no other one in this run.
func (l *Linker) TurnOff(why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.off == "" {
		l.off = why
		l.cfg.Debug("no link ahead in this run: %s", why)
	}
	l.end()
}

// Off reports whether there is no link ahead any more.
func (l *Linker) Off() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.off != ""
}

// Close ends the link that waits, and waits until nothing of it is left.
func (l *Linker) Close() {
	l.TurnOff("it is closed")
	l.running.Wait()
}

// Counts returns what became of links so far.
func (l *Linker) Counts() Counts {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count
}

// Await waits until a link waits, and reports false where none will: for tests.
func (l *Linker) Await(ctx context.Context) bool {
	for ctx.Err() == nil {
		l.mu.Lock()
		a := l.current
		ready := a != nil && a.w != nil
		l.mu.Unlock()
		if ready || a == nil || a.ended() {
			return ready
		}
		select {
		case <-a.done:
		case <-time.After(awaitEvery):
		case <-ctx.Done():
		}
	}
	return false
}

// Difference returns what is wrong with the linker, or nil.
func (l *Linker) Difference() *Difference {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.difference
}
