package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/gorun-dev/gorun/depgraph"
)

// The simulator's gorun.toml, profiles and environment file.

// simSettings are what gorun.toml and the profile come down to.
type simSettings struct {
	overlap, hold bool
	flavor        int // of the build
	run           int // of the start: its arguments
	profile       string
}

// settingsOf reads gorun.toml. A profile named "build" builds another way, one named "run" starts the program
// in another way.
func settingsOf(toml int, profile string) simSettings {
	s := simSettings{overlap: toml&1 != 0, hold: toml&2 != 0, flavor: toml >> 2 & 1, run: toml >> 3 & 1, profile: profile}
	switch profile {
	case "build":
		s.flavor += 2
	case "run":
		s.run += 2
	}
	return s
}

// holds reports whether the settings in use hold a new version back.
func (s *simulator) holds() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.setup.hold
}

const (
	simTomls    = 16 // contents of gorun.toml that are good
	brokenTomls = 17 // and with those that are not
)

func (s simSettings) String() string {
	mode := "replace"
	if s.overlap {
		mode = "overlap"
	}
	if s.hold {
		mode += "+hold"
	}
	return fmt.Sprintf("%s,build%d,run%d", mode, s.flavor, s.run)
}

// A simSetup is one reading of the settings: the loop gets new functions with each.
type simSetup struct {
	simSettings
	n       int
	toml    int // what was read, to see whether it is another one
	env     int // the environment that a program would start with
	good    bool
	started int // the environment that the last program was started with
	first   int // the environment when the settings were read
}

func (s *simulator) newSetup(settings simSettings) *simSetup {
	s.setups++
	p := &simSetup{simSettings: settings, n: s.setups, toml: s.disk[simToml].content, started: -1}
	p.readEnv(s)
	p.first = p.env
	return p
}

// readEnv reads the environment file as it is now. One that cannot be read leaves the variables as they were.
func (p *simSetup) readEnv(s *simulator) {
	if env := s.disk[simEnv].content; env < simBroken {
		p.env, p.good = env, true
	}
}

type simRunFiles struct {
	s *simulator
	p *simSetup
}

func (f simRunFiles) Classify([]string) (c depgraph.Change, settings bool) {
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	before := *f.p
	f.p.readEnv(f.s)
	if f.p.env != before.env || f.p.good != before.good {
		c.Kind = depgraph.Restart
		c.Details = []depgraph.Detail{{Path: simPaths[simEnv], Kind: c.Kind, Reason: "environment file changed"}}
		f.s.learns(simEnv)
	}
	settings = f.p.toml != f.s.disk[simToml].content
	f.p.toml = f.s.disk[simToml].content
	return c, settings
}

func (f simRunFiles) Stale() bool {
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	f.p.readEnv(f.s)
	stale := f.p.env != f.p.started
	if !stale {
		f.s.restartDue = false // the edit was undone
	}
	return stale
}

func (f simRunFiles) WatchDirs() []string { return []string{"/m"} }

func (s *simulator) reconfigure(profile string) (*Setup, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	profile = cmp.Or(profile, s.setup.profile)
	s.does("read settings, profile %q", profile)
	s.badSettings = true
	if s.disk[simToml].content >= simTomls {
		return nil, errors.New("gorun.toml:1: unknown key")
	}
	next := s.newSetup(settingsOf(s.disk[simToml].content, profile))
	if !next.good {
		return nil, errors.New("environment file: cannot be read")
	}
	s.badSettings, s.everHeld = false, s.everHeld || next.hold
	kind := depgraph.None
	switch old := s.setup; {
	case next.flavor != old.flavor:
		kind = depgraph.Reload
		s.discard() // the builder of the old settings is closed
		s.recipe, s.verifying = false, nil
		for _, step := range s.steps {
			step.end(context.Canceled)
		}
	case next.run != old.run || next.env != old.variables():
		kind = depgraph.Restart
	default:
		next.started = old.started
	}
	if kind != depgraph.None {
		s.acted, s.gone, s.interrupted, s.restartDue = true, false, false, kind == depgraph.Restart
		clear(s.badStart)
	}
	if kind == depgraph.Reload {
		clear(s.badContent)
	}
	s.setup = next
	return s.setupFor(next), nil
}
