package live

import (
	"fmt"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
)

// Settings are what the command line and gorun.toml decide. A version carries those
// that it was built under, so that it starts under them also when newer ones are in
// force by then. They are not changed once they are in use.
type Settings struct {
	Stay      bool          // stay when the first build is broken or the program ends before the first reload
	Overlap   bool          // start the new version first, stop the old one when it is ready
	OneOfMany bool          // gorun runs others, too: the end of this program is not gorun's
	Hold      bool          // a new version waits to be asked for
	Quiet     bool          // the go command's words are shown where a build fails, only
	Terminal  bool          // the program reads a terminal, where ^C may be a key like any other
	Grace     time.Duration // how long a signalled program may take to end
	Profile   string        // of gorun.toml; "" if there is none
	Dir       string        // what printed paths are relative to

	BeforeBuild  bool          // there is such a hook: builds begin when the files are quiet
	Probe        bool          // the user has said when a program is ready: reload lines wait for it
	ReadyTimeout time.Duration // how long that may take; with Probe
	MustBeReady  bool          // gorun ends if the first program is not ready in time
	Restart      bool          // start a program again that has failed by itself
	MaxRestarts  int           // how often in a row

	// Command is how a version is built and started: cli's own. Nil is alike to nil.
	Command Command
}

// A Command says of two settings whether they differ where it matters. Its methods
// look nothing up.
type Command interface {
	BuildsLike(Command) bool // what the other one builds, this one would build
	StartsLike(Command) bool // what the other one has started need not start again
}

// A Setup is what reading the settings again comes down to.
type Setup struct {
	Deps     Deps
	Settings Settings
}

// buildsLike reports whether two settings build the same.
func (s *Settings) buildsLike(old *Settings) bool {
	if s.Command == nil || old.Command == nil {
		return s.Command == old.Command
	}
	return s.Command.BuildsLike(old.Command)
}

// startsLike reports whether a program of other settings need not start again under
// these, if it is built the same.
func (s *Settings) startsLike(old *Settings) bool {
	if s.Command == nil || old.Command == nil {
		return s.Command == old.Command
	}
	return s.Command.StartsLike(old.Command)
}

// differ says what settings ask for that follow others: None, Restart where only
// the program's own differ, Reload where another program is built.
func (s *Settings) differ(old *Settings) depgraph.Kind {
	switch {
	case !s.buildsLike(old):
		return depgraph.Reload
	case !s.startsLike(old):
		return depgraph.Restart
	}
	return depgraph.None
}

// onSettingsWritten comes when gorun.toml is another one: it is read when the files
// are quiet.
func (m *machine) onSettingsWritten() {
	m.changes.settings = true
	m.carryOn()
	m.prolong()
}

// onSettings changes to other settings. What is built the same under them carries
// them from now on; what is not is built again, and serves until then. After an
// error, which the user is told, everything is as it was.
func (m *machine) onSettings(e settingsRead) {
	request := e.request
	if e.err != nil {
		if !e.fixed {
			m.fail("%v", e.err)
			m.fail("the settings stay as they were")
		}
		m.answer(request, Answer{Err: e.err.Error()})
		return
	}
	kind := e.settings.differ(m.settings)
	m.debug("exec", "settings: profile %q, %s", e.settings.Profile, kind)
	m.acted = m.acted || kind != depgraph.None
	m.settings, m.directives = e.settings, e.directives
	m.slot.relabel(m.settings)
	m.pipeline.relabel(m.settings)
	switch kind {
	case depgraph.None:
		m.answer(request, Answer{Text: fmt.Sprintf("profile %s: nothing to change", m.settings.Profile)})
	case depgraph.Restart:
		if m.nothingToStart() {
			m.answer(request, Answer{Err: errNothingToStart})
			return
		}
		m.askRestart(e.reason)
		if m.restart != nil {
			m.restart.lasting = true
		}
	case depgraph.Reload:
		m.slot.distrust() // no graph of before says what is the same now
		m.onChange(depgraph.Change{Kind: depgraph.Reload, Details: []depgraph.Detail{{
			Path: e.reason, Kind: depgraph.Reload, Reason: "other settings",
		}}})
	}
}
