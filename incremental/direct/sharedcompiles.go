package direct

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// Compiles has each compile done once for several Sessions, which build different programs with
// one environment: the first that wants it does it, the others wait for that and copy the
// archive. A nil Compiles is one Session's own.
//
// Rejected: one store of archives for all Sessions. Each removes archives that it does not need
// any more, and a Session that ends removes all of its own.
type Compiles struct {
	mu   sync.Mutex
	list []*sharedCompile // oldest first; under mu
}

// A sharedCompile is one compile, under way or done.
type sharedCompile struct {
	name string
	done chan struct{} // closed when it is over
	path string        // of the archive, which may be gone by now; "" if there is none

	failed bool // to compile: it is no use to wait for another one that tries
}

// maxCompiles bounds those that are remembered: many times what one save has to compile.
const maxCompiles = 256

// claim returns the compile of a name, and whether the caller is to do it.
func (cs *Compiles) claim(name string) (c *sharedCompile, mine bool) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	for i, c := range cs.list {
		if c.name != name {
			continue
		}
		select {
		case <-c.done:
			if _, err := os.Stat(c.path); err != nil { // it has failed, or is gone
				cs.list[i] = &sharedCompile{name: name, done: make(chan struct{})}
				return cs.list[i], true
			}
		default:
		}
		return c, false
	}
	c = &sharedCompile{name: name, done: make(chan struct{})}
	cs.list = append(cs.list, c)
	if len(cs.list) > maxCompiles {
		cs.list = append(cs.list[:0], cs.list[1:]...)
	}
	return c, true
}

// share does a compile of another Session's, if one has done it or does it now, or has it done
// by compile, which returns the path at which the archive stays. copied says that there is
// nothing left to compile: to is the archive.
func (cs *Compiles) share(ctx context.Context, name, to string, compile func() (string, error)) (copied bool, err error) {
	if cs == nil {
		_, err := compile()
		return false, err
	}
	for {
		c, mine := cs.claim(name)
		if mine {
			c.path, err = compile()
			c.failed = err != nil && ctx.Err() == nil
			close(c.done)
			return false, err
		}
		select {
		case <-c.done:
		case <-ctx.Done():
			return false, ctx.Err()
		}
		switch {
		case c.failed: // each says so itself, at the same time
			_, err := compile()
			return false, err
		case c.path == "":
			continue // it was cancelled, by a save that may not concern this program
		}
		if err := copyArchive(c.path, to); err == nil {
			return true, nil
		}
		if _, err := os.Stat(c.path); err == nil {
			_, err := compile() // it is there, and cannot be copied
			return false, err
		}
	}
}

// name identifies a compile among several Sessions.
func (d *Session) sharedName(c Compile) string {
	return fmt.Sprintf("%s in %q, build ID of %d", c.Key.Hex(), d.state.Recipe.Dir, c.Step.BuildID)
}

// compileOnce is compile, unless another Session does it.
func (d *Session) compileOnce(ctx context.Context, run Runner, c Compile, laid map[string]string) (b Built, err error) {
	dir, err := os.MkdirTemp(d.setup.Work, "shared")
	if err != nil {
		return Built{}, Refuse("%v", err)
	}
	defer os.RemoveAll(dir)
	to := filepath.Join(dir, "_pkg_.a")
	copied, err := d.setup.Compiles.share(ctx, d.sharedName(c), to, func() (string, error) {
		b, err = d.compile(ctx, run, c, laid)
		return b.Archive.Path, err
	})
	if !copied {
		return b, err
	}
	d.setup.Debug("direct: package %s was compiled for another program", c.Step.ImportPath)
	if err := d.unchanged(c, laid); err != nil {
		return Built{}, err
	}
	return d.enter(c, to)
}

// copyArchive copies an archive. A second name for the file would change the metadata of the
// first one, by which a Session knows that nobody has touched it.
func copyArchive(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o600)
}
