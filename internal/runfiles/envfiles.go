package runfiles

import (
	"cmp"
	"maps"
	"os"
	"slices"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/internal/dotenv"
	"github.com/gorun-dev/gorun/internal/plainfile"
	"github.com/gorun-dev/gorun/internal/stamp"
)

// envFile is one of -env.
type envFile struct {
	path  string
	stamp stamp.Stamp
	vars  map[string]string // of when it could be read last
	err   error             // why it cannot be read now
	good  bool              // it was read once
	once  bool              // it can be read no more
}

// Streams are environment files that can be read only once, by path: a pipe of the shell's,
// standard input.
type Streams map[string]stream

type stream struct {
	vars map[string]string
	err  error
}

// SayReadOnce names the streams that a gorun that stays cannot read again. name is how a path is printed.
func (s Streams) SayReadOnce(name func(path string) string, say func(format string, args ...any)) {
	for _, path := range slices.Sorted(maps.Keys(s)) {
		if kind := plainfile.Kind(path); path != os.DevNull {
			say("-env: %q is %s, read once: a change of it goes unnoticed", name(path), cmp.Or(kind, "a pipe"))
		}
	}
}

// ReadStreams reads those of the environment files that can be read only once. It waits for
// whoever writes them, so it comes before anything that must not wait. name is how a path
// is printed.
func ReadStreams(paths []string, name func(path string) string) Streams {
	s := Streams{}
	for _, path := range paths {
		if _, read := s[path]; read || plainfile.Kind(path) == "" {
			continue
		}
		vars, err := dotenv.ReadOnce(path, name(path))
		s[path] = stream{vars, err}
	}
	return s
}

// newEnvFile returns an environment file as it is, or as it was read from a stream.
func (f *Files) newEnvFile(path string) envFile {
	if s, ok := f.o.Streams[path]; ok {
		return envFile{path: path, vars: s.vars, err: s.err, good: s.err == nil, once: true}
	}
	e := envFile{path: path}
	e.reread(f.name(path))
	return e
}

// reread reads the file if it changed; it reports whether it did.
func (e *envFile) reread(name string) bool {
	if e.once {
		return false
	}
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

func (c *comparison) compareEnv() {
	f := c.f
	before := f.current().environ
	for i := range f.env {
		e := &f.env[i]
		was := *e
		if !e.reread(f.name(e.path)) {
			continue
		}
		switch {
		case e.err != nil:
			if was.good && f.o.Fail != nil && (was.err == nil || was.err.Error() != e.err.Error()) {
				f.o.Fail("%v; the program keeps the variables that it set before", e.err)
			}
			c.Details = append(c.Details, depgraph.Detail{Path: e.path, Reason: "environment file that cannot be read"})
		case !was.good:
			c.restart(e.path, "environment file appeared")
		default:
			if now := f.current().environ; !slices.Equal(before, now) {
				before = now
				c.restart(e.path, "environment file changed")
				continue
			}
			c.Details = append(c.Details, depgraph.Detail{Path: e.path, Reason: "environment file: its variables are the same"})
		}
	}
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
	return slices.Equal(f.startedWith.environ, old.startedWith.environ)
}
