// Package flags has gorun's own flags: one table from which the command line, -h, the keys
// of gorun.toml and the table in cli's README.md are made.
//
// The invariant: a flag is described in the table and nowhere else, and what it sets is
// plain data, a field of Flags. A value that is refused leaves the field as it was.
//
//	table.go     the table; to add a flag, begin here
//	defaults.go  the default values
//	flags.go     the fields that the flags set, and which flags exclude each other
//	values.go    the types of value
//	help.go      -h, and the environment variables
//	tomlkeys.go  which flags are keys of gorun.toml
//
// The go command's flags are goflags'. A value that only one room understands is read by
// that room: tell.Order, debugger.Flag, ossignal.Stop.
package flags

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/gorun-dev/gorun/internal/debugger"
	"github.com/gorun-dev/gorun/internal/front"
	"github.com/gorun-dev/gorun/internal/ready"
	"github.com/gorun-dev/gorun/internal/tell"
)

// Flags are the variables that the flags set, in the order of the table, which describes
// them.
type Flags struct {
	Watch, Once     bool
	Grace           time.Duration
	Signal          syscall.Signal
	Swap            string
	Keep, KeepGiven bool
	Listen          []string
	Browser         front.Flag
	Watcher         string
	Poll            time.Duration
	Engine          string
	LinkAhead       string
	Generate        bool

	Hooks        HookCommands
	HookTimeout  time.Duration
	Ready        ReadyProbe
	ReadyTimeout time.Duration
	Restart      string
	MaxRestarts  int

	Profile               string
	Programs              ProgramNames
	Env, Include, Exclude []string

	Slices  string // "", table or json
	Graph   string
	Against AgainstTags

	Debug       debugger.Flag
	Events      string
	Quiet, Bell bool
	Tell        tell.Order

	New, Why             string
	Init                 bool
	Clean, Version, Help bool
}

// HookCommands are the commands of the hooks, in words, by the names of the hooks.
type HookCommands map[string]*[]string

// Words returns the command of a hook, nil if there is none.
func (h HookCommands) Words(name string) []string { return *h[name] }

// A ReadyProbe is what says that the program is ready; without text there is no probe.
type ReadyProbe struct {
	text  string
	Probe *ready.Probe
}

func (r *ReadyProbe) String() string { return r.text }

func (r *ReadyProbe) Set(s string) (err error) {
	var probe *ready.Probe
	if s != "" {
		probe, err = ready.Parse(s)
	}
	if err == nil {
		*r = ReadyProbe{s, probe}
	}
	return err
}

// AgainstTags are the tags of -against, which may be none.
type AgainstTags struct {
	Given bool
	Tags  []string
}

// ProgramNames are the programs of -programs.
type ProgramNames struct {
	Given bool
	Names []string // none: all
}

func (p *ProgramNames) String() string {
	switch {
	case !p.Given:
		return ""
	case p.Names == nil:
		return "true"
	}
	return strings.Join(p.Names, ",")
}

// Words is the flag as it stands on a command line.
func (p *ProgramNames) Words() string {
	if p.Names == nil {
		return "-programs"
	}
	return "-programs=" + p.String()
}

// IsBoolFlag says that the flag may stand without names.
func (p *ProgramNames) IsBoolFlag() bool { return true }

// Set sets the programs to names with commas between them; "true" stands for all.
func (p *ProgramNames) Set(s string) error {
	if s == "true" || s == "false" {
		*p = ProgramNames{Given: s == "true"}
		return nil
	}
	names := strings.Split(s, ",")
	if slices.Contains(names, "") {
		return errors.New("must be names of programs, with commas between them")
	}
	*p = ProgramNames{true, names}
	return nil
}

// Register declares the flags on a flag set.
func (f *Flags) Register(fs *flag.FlagSet) {
	for _, o := range f.Table() {
		fs.Var(o.Value, o.Name, o.Help)
	}
}

// RegisterNames declares gorun's flags on a flag set, for who only has to know their names.
func RegisterNames(fs *flag.FlagSet) {
	f := Default()
	f.Register(fs)
}

// Check says what is wrong with values, and with flags that exclude each other.
func (f *Flags) Check() error {
	for _, o := range f.Table() {
		if err := o.check(); err != nil {
			return fmt.Errorf("invalid value %q for flag -%s: %w", o.Value, o.Name, err)
		}
	}
	switch name := f.NeedsLive(); {
	case f.Once && f.Watch:
		return errors.New("-once and -watch exclude each other")
	case f.Once && f.Generate:
		return errors.New("-once and -generate exclude each other: nothing is saved while gorun builds once")
	case f.Once && name != "":
		return fmt.Errorf("-%s needs gorun beside the program; with -once it becomes the program", name)
	case f.Debug.Address != "" && f.Swap == Overlap:
		return fmt.Errorf("-debug=%s and -swap=overlap exclude each other: one dlv can listen there", f.Debug.Address)
	case f.Against.Given && f.Graph != "" && f.Graph != "json":
		return fmt.Errorf("-against prints a table, or with -graph=json JSON, not %s", f.Graph)
	}
	return nil
}

// ForOneProgram returns the name of a flag that asks something about one program instead of running it, "" if
// there is none.
func (f *Flags) ForOneProgram() string {
	switch {
	case f.Why != "":
		return "why"
	case f.Slices != "":
		return "slices"
	case f.Graph != "":
		return "graph"
	case f.Against.Given:
		return "against"
	}
	return ""
}

// Overrule returns the words of gorun.toml that count: what the user asks for this once, or the place, where
// nobody is there to save a file, counts more.
func (f *Flags) Overrule(words []string, nobody bool) []string {
	if f.Once {
		words = f.withoutLiveOnly(words)
	}
	return slices.DeleteFunc(words, func(word string) bool {
		return word == "-watch=true" && (f.Once || nobody) || word == "-once=true" && f.Watch
	})
}

// NeedsLive returns the name of a flag for which gorun has to be there while the program
// runs, "" if none is set to something else than by default.
func (f *Flags) NeedsLive() string {
	d := Default()
	unset := d.Table()
	for i, o := range f.Table() {
		if o.group&needsLive != 0 && o.Value.String() != unset[i].Value.String() {
			return o.Name
		}
	}
	return ""
}
