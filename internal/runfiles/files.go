package runfiles

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/internal/dotenv"
	"github.com/gorun-dev/gorun/internal/stamp"
)

// Options say which files matter. All paths are absolute.
type Options struct {
	Settings []string // where gorun.toml is, or would be
	Env      []string // environment files; a later one wins over an earlier one
	Include  []Glob
	Exclude  []Glob

	Environ []string // the environment outside, which no file overrides
	Dir     string   // what printed paths are relative to

	// Fail tells the user of an environment file that cannot be read any more.
	Fail func(format string, args ...any)
}

// Files are the files beside a build. Its methods are for one goroutine.
type Files struct {
	o           Options
	settings    []stamp.Stamp // of o.Settings
	env         []envFile
	included    map[string]stamp.Stamp
	directories map[string]bool // that hold included files, or may
	started     started
	rewatch     bool // directories came or went, and no Look has said so
}

// envFile is one of -env.
type envFile struct {
	path  string
	stamp stamp.Stamp
	vars  map[string]string // of when it could be read last
	err   error             // why it cannot be read now
	good  bool              // it was read once
}

// started is what the program was started with.
type started struct {
	environ  []string
	included map[string][32]byte
}

// New looks at the files as they are.
func New(o Options) *Files {
	f := &Files{o: o, settings: make([]stamp.Stamp, len(o.Settings))}
	for i, path := range o.Settings {
		f.settings[i], _ = stamp.Of(path)
	}
	for _, path := range o.Env {
		e := envFile{path: path}
		e.look(f.name(path))
		f.env = append(f.env, e)
	}
	f.included, f.directories = f.scan()
	f.started = f.now()
	return f
}

// look reads the file if it changed; it reports whether it did.
func (e *envFile) look(name string) bool {
	verdict, now, _ := e.stamp.Check(e.path)
	e.stamp = now.After(e.stamp)
	if verdict != stamp.Changed && (e.good || e.err != nil) {
		return false
	}
	vars, err := dotenv.Read(e.path, name)
	if e.err = err; err == nil {
		e.vars, e.good = vars, true
	}
	return true
}

// Start returns the environment for a program that starts now. The error is that
// of an environment file that could not be read yet.
func (f *Files) Start() ([]string, error) {
	l := look{f: f}
	l.environment()
	l.files(nil)
	f.rewatch = f.rewatch || l.Rewatch
	if err := f.Err(); err != nil {
		return nil, err
	}
	f.started = f.now()
	return slices.Clone(f.started.environ), nil
}

// Err says why a program could not be started now.
func (f *Files) Err() error {
	for _, e := range f.env {
		if !e.good {
			return e.err
		}
	}
	return nil
}

// SameEnviron reports whether a program gets the variables that the last one of
// other settings was started with.
func (f *Files) SameEnviron(old *Files) bool {
	return slices.Equal(f.started.environ, old.started.environ)
}

func (f *Files) now() started {
	vars := map[string]string{}
	for _, e := range f.env {
		maps.Copy(vars, e.vars)
	}
	s := started{environ: dotenv.Merge(f.o.Environ, vars), included: map[string][32]byte{}}
	for path, st := range f.included {
		s.included[path] = st.Sum
	}
	return s
}

// Stale reports whether a program that starts now would have other files than the
// one that was started last.
func (f *Files) Stale() bool {
	now := f.now()
	return !slices.Equal(now.environ, f.started.environ) || !maps.Equal(now.included, f.started.included)
}

// Look says what paths that may have changed mean; with nil paths it looks at
// everything. The change's kind is Restart at most. settings says that gorun.toml
// came, went, or is another one.
func (f *Files) Look(paths []string) (change depgraph.Change, settings bool) {
	l := look{f: f}
	for i, path := range f.o.Settings {
		verdict, now, _ := f.settings[i].Check(path)
		f.settings[i] = now.After(f.settings[i])
		settings = settings || verdict == stamp.Changed
	}
	l.environment()
	l.files(paths)
	l.Rewatch, f.rewatch = l.Rewatch || f.rewatch, false
	return l.Change, settings
}

// look is one call of Look.
type look struct {
	depgraph.Change
	f *Files
}

func (l *look) restart(path, reason string) {
	fi, err := os.Stat(path)
	half := err == nil && fi.Mode().IsRegular() && fi.Size() == 0
	l.Details = append(l.Details, depgraph.Detail{Path: path, Kind: depgraph.Restart, Reason: reason, Half: half})
	l.Kind = depgraph.Restart
}

func (l *look) environment() {
	f := l.f
	before := f.now().environ
	for i := range f.env {
		e := &f.env[i]
		was := *e
		if !e.look(f.name(e.path)) {
			continue
		}
		switch {
		case e.err != nil:
			if was.good && f.o.Fail != nil && (was.err == nil || was.err.Error() != e.err.Error()) {
				f.o.Fail("%v; the program keeps the variables that it set before", e.err)
			}
			l.Details = append(l.Details, depgraph.Detail{Path: e.path, Reason: "environment file that cannot be read"})
		case !was.good:
			l.restart(e.path, "environment file appeared")
		default:
			if now := f.now().environ; !slices.Equal(before, now) {
				before = now
				l.restart(e.path, "environment file changed")
				continue
			}
			l.Details = append(l.Details, depgraph.Detail{Path: e.path, Reason: "environment file: its variables are the same"})
		}
	}
}

// files looks at files of -include.
func (l *look) files(paths []string) {
	if len(l.f.o.Include) == 0 {
		return
	}
	all := paths == nil
	for _, path := range paths {
		path = filepath.Clean(path)
		if _, known := l.f.included[path]; known || l.f.includes(path) != nil && isFile(path) {
			now, _ := stamp.Of(path)
			l.compare(path, now)
			continue
		}
		// A directory that came, went or was replaced, or the way to one.
		all = all || l.f.directories[path] || l.f.mayHold(path)
	}
	if !all {
		return
	}
	included, directories := l.f.scan()
	for _, path := range slices.Sorted(maps.Keys(l.f.included)) {
		if _, still := included[path]; !still {
			l.compare(path, stamp.Stamp{Meta: stamp.Meta{State: stamp.Absent}})
		}
	}
	for _, path := range slices.Sorted(maps.Keys(included)) {
		l.compare(path, included[path])
	}
	if !maps.Equal(directories, l.f.directories) {
		l.f.directories, l.Rewatch = directories, true
	}
}

// compare compares an included file with what was known of it.
func (l *look) compare(path string, now stamp.Stamp) {
	before, known := l.f.included[path]
	if now.State == stamp.File {
		l.f.included[path] = now
	} else {
		delete(l.f.included, path)
	}
	glob := l.f.includes(path)
	switch {
	case glob == nil:
	case now.State != stamp.File && known:
		l.restart(path, fmt.Sprintf("included by -include %s: was removed", glob))
	case now.State != stamp.File:
	case !known:
		l.restart(path, fmt.Sprintf("included by -include %s: appeared", glob))
	case before.Sum != now.Sum:
		l.restart(path, fmt.Sprintf("included by -include %s: content changed", glob))
	}
}

// includes returns the glob that includes a file, nil if none does.
func (f *Files) includes(path string) *Glob {
	i := slices.IndexFunc(f.o.Include, func(g Glob) bool { return g.Match(path) })
	if i < 0 || f.excludes(path) != nil {
		return nil
	}
	return &f.o.Include[i]
}

func (f *Files) excludes(path string) *Glob {
	if i := slices.IndexFunc(f.o.Exclude, func(g Glob) bool { return g.Match(path) }); i >= 0 {
		return &f.o.Exclude[i]
	}
	return nil
}

// Excluded reports whether no change of a file is to be acted on.
func (f *Files) Excluded(path string) bool { return f.excludes(path) != nil }

// mayHold reports whether path is a directory in which included files may be, or one
// on the way to a glob's root.
func (f *Files) mayHold(path string) bool {
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return false
	}
	return slices.ContainsFunc(f.o.Include, func(g Glob) bool {
		return g.holds(path) || strings.HasPrefix(g.root+string(filepath.Separator), path+string(filepath.Separator))
	})
}

// scan finds the included files, and the directories in which one may appear.
func (f *Files) scan() (map[string]stamp.Stamp, map[string]bool) {
	included, directories := map[string]stamp.Stamp{}, map[string]bool{}
	for _, g := range f.o.Include {
		root := g.root
		if info, err := os.Stat(root); err != nil || !info.IsDir() {
			directories[nearest(root)] = true
			continue
		}
		// With the separator a root that is a link is walked, too.
		_ = filepath.WalkDir(root+string(filepath.Separator), func(path string, d fs.DirEntry, err error) error {
			path = filepath.Clean(path)
			switch {
			case err != nil:
				return nil // it is not there any more, or not the user's to read
			case d.IsDir() && path != root && (g.skips(d.Name()) || !g.holds(path) || f.excludes(path) != nil):
				return fs.SkipDir
			case d.IsDir():
				directories[path] = true
			case f.includes(path) != nil:
				before := f.included[path]
				_, now, err := before.Check(path)
				if err == nil && now.State == stamp.File {
					included[path] = now
				}
			}
			return nil
		})
	}
	return included, directories
}

// nearest is the nearest directory above a path that is there.
func nearest(path string) string {
	for {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			return path
		}
		up := filepath.Dir(path)
		if up == path {
			return path
		}
		path = up
	}
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// WatchDirs returns the directories in which a change of the files shows.
func (f *Files) WatchDirs() []string {
	dirs := maps.Clone(f.directories)
	for _, path := range slices.Concat(f.o.Settings, f.o.Env) {
		dirs[nearest(filepath.Dir(path))] = true
		if real, err := filepath.EvalSymlinks(path); err == nil && real != path {
			dirs[filepath.Dir(real)] = true
		}
	}
	return slices.Sorted(maps.Keys(dirs))
}

// Why says what a file is to the program, beside the build; "" if nothing.
func (f *Files) Why(path string) string {
	switch g := f.includes(path); {
	case f.excludes(path) != nil:
		return fmt.Sprintf("excluded by -exclude %s: no change of it is acted on", f.excludes(path))
	case slices.Contains(f.o.Settings, path):
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
