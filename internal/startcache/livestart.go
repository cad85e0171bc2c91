package startcache

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorun-dev/gorun/incremental"
)

// A LiveStart is what a gorun that stays has to do with records: it begins with the
// recorded executable, has its first build recorded, and at its end the last one.
// It is called from one goroutine, but for Record. The first build's goroutine alone uses the claim.
type LiveStart struct {
	start   *Start                  // nil if nothing is recorded
	asked   bool                    // First was called
	exe     *incremental.Executable // that the program runs
	changed bool                    // it is another one than the first

	canceled atomic.Bool // the first build was, and nothing is recorded

	mu       sync.Mutex              // a build is recorded while the program runs
	recorded *incremental.Executable // that ran when the record was made to say what was built; under mu
	surveyed time.Time               // when Record has last had a recorder started; under mu
}

// NewLiveStart returns the LiveStart of a start, which may be nil.
func NewLiveStart(s *Start) *LiveStart { return &LiveStart{start: s} }

// First returns the first build by builder: one that is finished, of the recorded executable, or else one that
// begins. It returns nil when it is called again. That build waits for another gorun that builds the same, unless
// a program is running, and is of that one's executable if there is one then.
func (l *LiveStart) First(
	builder *incremental.Builder, plan incremental.Plan, running *incremental.Executable,
) *incremental.Build {
	if l.asked {
		return nil
	}
	l.asked = true
	exe, elsewhere := l.start.FindNow()
	if exe != nil {
		exe.Hold()
		return incremental.BuiltBefore(exe)
	}
	b := builder.StartUnless(func(ctx context.Context) *incremental.Executable {
		if elsewhere && running == nil {
			if exe = l.start.Find(ctx); exe != nil {
				exe.Hold()
			}
		}
		builder.Expect(l.start.Uncached())
		return exe
	}, plan, running, nil)
	if l.start != nil {
		go func() {
			if b.Canceled() {
				// By a save, and the last build will be recorded; or because gorun ends, and
				// then nothing may go on building.
				l.canceled.Store(true)
				l.start.dropClaim()
				return
			}
			// Where this build fails, the recorder's will fail, too.
			l.start.RecordBySurvivor()
		}()
	}
	return b
}

// surveyEvery is how often a live gorun has a recorder started for what it has built: that takes some seconds of
// a processor, at the lowest priority.
const surveyEvery = time.Minute

// Record makes the record say what was built, and reports whether its executable is the one that the next start
// begins with. running is what runs, which is the same program. Where something else has changed since there was
// a record, it is made anew of what the go command has built.
func (l *LiveStart) Record(r incremental.Recording, running *incremental.Executable) bool {
	if l.start == nil || !l.start.Index.isThere() {
		return false
	}
	if r.Exe == nil {
		l.start.debug(l.start.Index.remove(l.start.Key))
		l.mu.Lock()
		defer l.mu.Unlock()
		l.recorded = nil
		return false
	}
	err := l.start.Index.follow(l.start.Key, r)
	if err != nil && !errors.Is(err, errHolds) && r.Exact {
		l.start.cfg.Debug("start: the record is made anew: %v", err)
		err = l.start.cfg.NewRecorder(l.start).recordBuilt(context.Background(), r)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil || errors.Is(err, errHolds) {
		l.recorded = running
		return err == nil
	}
	l.start.cfg.Debug("start: no record: %v", err)
	if why := unrecordable(""); r.Exact && !errors.As(err, &why) && time.Since(l.surveyed) > surveyEvery {
		l.surveyed = time.Now()
		l.survey()
	}
	return false
}

// survey has a recorder make the record anew.
func (l *LiveStart) survey() {
	last := &Start{Index: l.start.Index, Key: l.start.Key, cfg: l.start.cfg}
	var err error
	if last.claim, err = last.Index.TryClaim(last.Key); err == nil {
		last.RecordBySurvivor()
	}
}

// Started notes which executable is started.
func (l *LiveStart) Started(e *incremental.Executable) {
	l.changed = l.changed || l.exe != nil && l.exe != e
	l.exe = e
}

// End has the last build recorded, if the program was edited meanwhile: the next start
// will be one of that.
func (l *LiveStart) End() {
	l.mu.Lock()
	isRecorded := l.exe != nil && l.recorded == l.exe
	l.mu.Unlock()
	edited := l.changed || l.exe != nil && l.canceled.Load()
	if l.start == nil || !edited || isRecorded || !l.start.Index.isThere() {
		return
	}
	l.survey()
}
