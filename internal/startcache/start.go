package startcache

import (
	"context"
	"slices"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/detached"
	"github.com/gorun-dev/gorun/internal/goflags"
	"github.com/gorun-dev/gorun/internal/self"
)

// A Config says what is started.
type Config struct {
	CommandLine                          // without Self
	Versioned   bool                     // the pattern is package@version
	Live        bool                     // gorun stays, and has the go command confirm what runs
	Getenv      func(name string) string // the environment that the build is done with
	Cache       string                   // gorun's cache directory
	Store       *incremental.Store       // the executables in it

	// Recorder is a command line of gorun, without its name, that builds the same and
	// that no variable or file of settings adds anything to.
	Recorder []string

	// NewRecorder returns a recorder of this start, for a gorun that stays and makes a record itself.
	NewRecorder func(s *Start) *Recorder

	Debug func(format string, args ...any)
}

// A Start is one start of gorun as far as records are concerned: it finds the
// executable that needs no build. Where there is none it claims the build, and has a
// recorder make the record. A nil Start is that of a command line of which nothing is
// recorded.
type Start struct {
	Index *Index
	Key   Key

	cfg       Config
	claim     *Claim
	elsewhere bool              // another gorun has the claim, as of the last Find
	known     depgraph.Uncached // what the last record has of files that the go command does not know
	process   *detached.Process // that will be the recorder; nil if there is none
}

// Open returns the start of a command line.
func Open(cfg Config) *Start {
	flags, err := goflags.ParseEnv(cfg.Getenv("GOFLAGS"))
	if err != nil {
		return nil // the go command will say so
	}
	flags = slices.Concat(flags, cfg.Flags)
	if why := Unrecordable(flags, cfg.Patterns, cfg.Versioned, cfg.Getenv); why != "" {
		cfg.Debug("start: not recorded: %s", why)
		return nil
	}
	decisive := cfg.CommandLine
	if decisive.Self, err = self.Image(); err != nil {
		cfg.Debug("start: not recorded: %v", err)
		return nil
	}
	if cfg.Versioned {
		decisive.Dir = ""
	}
	return &Start{Index: OpenIndex(cfg.Cache, cfg.Store), Key: decisive.Key(), cfg: cfg}
}

// Find returns an executable that needs no build, nil if there must be a build. In that
// case it claims the build, unless another gorun has claimed it: that one is waited for,
// until ctx ends, and then there may be an executable.
func (s *Start) Find(ctx context.Context) *incremental.Executable {
	if s == nil {
		return nil
	}
	for try := 1; ; try++ {
		answer := s.Index.LookUp(s.Key)
		s.known = answer.Uncached
		if answer.Exe != nil && answer.Live && !s.cfg.Live {
			answer = Answer{Why: "built directly, and not by the go command yet"}
		}
		if answer.Exe != nil {
			s.dropClaim()
			s.cfg.Debug("start: nothing changed")
			answer.Exe.Plain = true
			answer.Exe.Use()
			return answer.Exe
		}
		s.cfg.Debug("start: %s", answer.Why)
		if answer.Unrecordable || try == 2 {
			return nil
		}
		if s.cfg.Getenv("CI") == "true" {
			s.cfg.Debug("start: not recorded: CI=true, nothing may run on when the program has ended")
			return nil
		}
		var err error
		if s.claim, err = s.Index.Claim(ctx, s.Key); err != nil {
			s.cfg.Debug("start: %v", err)
			return nil
		}
		s.elsewhere = s.claim == nil
		// A second time, because the process that had the claim before may have made
		// the record.
	}
}

// FindNow is Find without a wait. Elsewhere reports whether there is something to wait for: another
// gorun builds the same.
func (s *Start) FindNow() (exe *incremental.Executable, elsewhere bool) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	exe = s.Find(ctx)
	return exe, exe == nil && s != nil && s.elsewhere
}

// Uncached is what an earlier start has found of files that the go command does not know as
// inputs. The build that Find has asked for is to have their newest contents in it.
func (s *Start) Uncached() depgraph.Uncached {
	if s == nil {
		return depgraph.Uncached{}
	}
	return s.known
}

// dropClaim gives up a claim that is of no use any more.
func (s *Start) dropClaim() {
	s.claim.Close()
	s.claim = nil
}

// PrepareDetached has the build's -exec helper start a detached process, which can be
// made the recorder. It is for a gorun that becomes the program: a recorder that is its
// child would be a child of the program, which has not started it.
func (s *Start) PrepareDetached(build *incremental.Config) {
	if s == nil || s.claim == nil {
		return
	}
	p, err := detached.Prepare()
	if err != nil {
		s.debug(err)
		s.dropClaim()
		return
	}
	s.process = p
	build.Stdin, build.HelperRole = p.Stdin, ExecRole.Argument
}

// RecordDetached makes the process that PrepareDetached has prepared the recorder, and
// reports whether that was done. The entry is that of the store which has the
// executable; the recorder may keep it.
func (s *Start) RecordDetached(entry string) bool {
	if s == nil || s.process == nil {
		return false
	}
	defer s.Abandon()
	s.debug(s.claim.Built())
	err := s.process.Become(s.recorderArgs(entry), s.claim.File)
	s.debug(err)
	return err == nil
}

// Abandon lets the process that PrepareDetached has prepared end: there is nothing to
// record.
func (s *Start) Abandon() {
	if s == nil || s.process == nil {
		return
	}
	s.process.Close()
	s.process = nil
	s.dropClaim()
}

// RecordBySurvivor starts a recorder for what was built, if this start has the claim. It
// is for a gorun that stays. The recorder takes no executable from the build: the one
// that was built goes when the program is rebuilt.
func (s *Start) RecordBySurvivor() {
	if s == nil || s.claim == nil {
		return
	}
	s.debug(s.claim.Built())
	s.debug(detached.StartSurvivor(s.recorderArgs(noEntry), s.claim.File))
	s.dropClaim()
}

func (s *Start) recorderArgs(entry string) []string {
	return append([]string{recorderArgument, entry}, s.cfg.Recorder...)
}

// debug prints an error. All that it costs is a record.
func (s *Start) debug(err error) {
	if err != nil {
		s.cfg.Debug("start: recording: %v", err)
	}
}
