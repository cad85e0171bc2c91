package runfiles

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/internal/environ"
	"github.com/gorun-dev/gorun/internal/stamp"
)

// Options say which files matter. All paths are absolute.
type Options struct {
	Settings Settings // where gorun.toml is, or would be
	Env      []string // environment files; a later one wins over an earlier one
	Streams  Streams  // those of Env that were read already
	Include  Globs
	Exclude  Globs

	Environ []string // the environment outside, which no file overrides
	Dir     string   // what printed paths are relative to

	// Fail prints a line for an environment file that cannot be read any more.
	Fail func(format string, args ...any)
}

// Settings are the places where gorun.toml is, or would be, with what was there.
type Settings []struct {
	path  string
	stamp stamp.Stamp
}

// InspectSettings returns the settings at these places as they are. It comes before the
// file is read: what is written between the two is then seen as a change, and not lost.
func InspectSettings(paths []string) Settings {
	s := make(Settings, len(paths))
	for i, path := range paths {
		s[i].path = path
		s[i].stamp, _ = stamp.Of(path)
	}
	return s
}

func (s Settings) paths() []string {
	var paths []string
	for _, file := range s {
		paths = append(paths, file.path)
	}
	return paths
}

// Files are the run files of a program. Its methods are for one goroutine.
type Files struct {
	o                Options
	settings         Settings
	env              []envFile
	included         map[string]stamp.Stamp
	directories      map[string]bool // that hold included files, or may
	startedWith      startInputs
	watchDirsChanged bool // directories came or went, which the next Look returns as WatchDirsChanged
}

// startInputs are what the program was started with.
type startInputs struct {
	environ  []string
	included map[string][32]byte
}

// New reads the files as they are.
func New(o Options) *Files {
	f := &Files{o: o, settings: slices.Clone(o.Settings)}
	for _, path := range o.Env {
		f.env = append(f.env, f.newEnvFile(path))
	}
	f.included, f.directories = f.findIncluded()
	f.startedWith = f.current()
	return f
}

// Start returns the environment for a program that starts now; change is what the
// environment outside becomes on the way to it. The error is that of an environment file
// that could not be read yet.
func (f *Files) Start(change environ.Change) ([]string, error) {
	c := comparison{f: f}
	c.compareEnv()
	c.compareIncluded(nil)
	f.watchDirsChanged = f.watchDirsChanged || c.WatchDirsChanged
	if err := f.Err(); err != nil {
		return nil, err
	}
	f.startedWith = f.current()
	return environ.Add(change.Apply(f.o.Environ), f.variables()), nil
}

// variables are those of all environment files.
func (f *Files) variables() map[string]string {
	vars := map[string]string{}
	for _, e := range f.env {
		maps.Copy(vars, e.vars)
	}
	return vars
}

func (f *Files) current() startInputs {
	s := startInputs{environ: environ.Add(f.o.Environ, f.variables()), included: map[string][32]byte{}}
	for path, st := range f.included {
		s.included[path] = st.Sum
	}
	return s
}

// Stale reports whether a program that starts now would have other files than the
// one that was started last.
func (f *Files) Stale() bool {
	now := f.current()
	return !slices.Equal(now.environ, f.startedWith.environ) || !maps.Equal(now.included, f.startedWith.included)
}

// Classify says what paths that may have changed mean; with nil paths it compares all files.
// The change's kind is Restart at most. settings says that gorun.toml came, went, or has
// another content.
func (f *Files) Classify(paths []string) (change depgraph.Change, settings bool) {
	c := comparison{f: f}
	for i := range f.settings {
		s := &f.settings[i]
		verdict, now, _ := s.stamp.Check(s.path)
		s.stamp = now.After(s.stamp)
		settings = settings || verdict == stamp.Changed
	}
	c.compareEnv()
	c.compareIncluded(paths)
	c.WatchDirsChanged, f.watchDirsChanged = c.WatchDirsChanged || f.watchDirsChanged, false
	return c.Change, settings
}

// A comparison is one call of Look.
type comparison struct {
	depgraph.Change
	f *Files
}

func (c *comparison) restart(path, reason string) {
	fi, err := os.Stat(path)
	half := err == nil && fi.Mode().IsRegular() && fi.Size() == 0
	c.Details = append(c.Details, depgraph.Detail{Path: path, Kind: depgraph.Restart, Reason: reason, HalfWritten: half})
	c.Kind = depgraph.Restart
}

// Why says what a run file is to the program; "" if the path is none.
func (f *Files) Why(path string) string {
	switch g := f.includes(path); {
	case f.excludes(path) != nil:
		return fmt.Sprintf("excluded by -exclude %s: no change of it is acted on", f.excludes(path))
	case slices.Contains(f.settings.paths(), path):
		return "gorun's own settings: a change takes effect at once"
	case slices.Contains(f.o.Env, path):
		return "environment file of the program: a change starts it again"
	case g != nil:
		return fmt.Sprintf("included by -include %s: a change starts the program again", g)
	}
	return ""
}

// name is a path as it is printed.
func (f *Files) name(path string) string {
	if rel, err := filepath.Rel(f.o.Dir, path); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return path
}
