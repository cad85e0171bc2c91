package extcmd

import (
	"slices"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/live"
)

// NoFiles is the package graph of a command.
type NoFiles struct{}

func (g NoFiles) Classify([]string) (depgraph.Change, live.Graph) { return depgraph.Change{}, g }
func (NoFiles) ChangedSince(time.Time) []string                   { return nil }
func (NoFiles) SavedSince(time.Time) []string                     { return nil }
func (NoFiles) WatchDirs() []string                               { return nil }

// A Build is over at once: a command is what it says. Two are compared, so it is a pointer.
type Build struct {
	began  time.Time
	result incremental.Result
}

// over is done for every one.
var over = func() <-chan struct{} {
	done := make(chan struct{})
	close(done)
	return done
}()

// NewBuild returns the build of a command. What runs already are the words started, nil if nothing runs.
func NewBuild(words, started []string) *Build {
	b := &Build{began: time.Now(), result: incremental.Result{How: "command"}}
	if started != nil && slices.Equal(started, words) {
		b.result.Same = true
	} else {
		b.result.Exe = &incremental.Executable{Path: words[0]}
	}
	return b
}

func (b *Build) Started() time.Time         { return b.began }
func (b *Build) Done() <-chan struct{}      { return over }
func (b *Build) Result() incremental.Result { return b.result }
func (b *Build) Cancel()                    {}
