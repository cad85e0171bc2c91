package runfiles

import (
	"slices"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/internal/dotenv"
	"github.com/gorun-dev/gorun/internal/stamp"
)

// envFile is one of -env.
type envFile struct {
	path  string
	stamp stamp.Stamp
	vars  map[string]string // of when it could be read last
	err   error             // why it cannot be read now
	good  bool              // it was read once
}

// reread reads the file if it changed; it reports whether it did.
func (e *envFile) reread(name string) bool {
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
