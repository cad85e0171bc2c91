package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/cachedir"
	"github.com/gorun-dev/gorun/internal/environ"
	"github.com/gorun-dev/gorun/internal/flags"
	"github.com/gorun-dev/gorun/internal/gocmd"
	"github.com/gorun-dev/gorun/internal/privatedir"
	"github.com/gorun-dev/gorun/internal/startfailure"
)

// openStore returns the cache directory and the store in it: where somebody else may
// have put something into the user's, or nothing can be started from there, with a line that
// says so, a private one among the temporary files.
func (c *command) openStore() (string, *incremental.Store, error) {
	dir, err := cachedir.Find(c.getenv)
	if err != nil {
		return "", nil, err
	}
	store, err := incremental.OpenStore(dir)
	if why := unusable(dir, err); why != nil {
		return c.spareStore(dir, why)
	}
	return dir, c.telling(store), err
}

// unusable reports why executables must not, or cannot, be started from a cache directory, if that is so.
// err is what opening the store in it said.
func unusable(dir string, err error) error {
	if _, foreign := errors.AsType[*privatedir.Error](err); foreign {
		return err
	}
	if err != nil {
		return nil // it is not there
	}
	return mayExecute(dir)
}

// mayExecute reports why nothing can be started from a directory, if that is so.
func mayExecute(dir string) error {
	if startfailure.NoExec(dir) {
		return fmt.Errorf("%q is on a file system that is mounted noexec\n"+
			"set GORUNCACHE to a directory from which programs can be started", dir)
	}
	return nil
}

// telling lets a store tell the user of files that programs leave in it.
func (c *command) telling(store *incremental.Store) *incremental.Store {
	if store != nil {
		store.Say = c.con.Say
	}
	return store
}

// findStore is openStore for a recorder, which must not make a cache directory again that
// somebody has deleted, nor says anything.
func (c *command) findStore() (string, *incremental.Store, error) {
	dir, err := cachedir.Find(c.getenv)
	if err != nil {
		return "", nil, err
	}
	store, err := incremental.FindStore(dir)
	if unusable(dir, err) != nil {
		if dir, err = cachedir.Temporary(); err != nil {
			return "", nil, err
		}
		store, err = incremental.FindStore(dir)
	}
	return dir, store, err
}

// spareStore is the store in a private directory among the temporary files, used for
// the reason why instead of that in dir.
func (c *command) spareStore(dir string, why error) (string, *incremental.Store, error) {
	spare, err := cachedir.Temporary()
	if err != nil || spare == dir || mayExecute(spare) != nil {
		return "", nil, why
	}
	line, _, _ := strings.Cut(why.Error(), "\n")
	c.con.Fail("%s; using %s", line, spare)
	store, err := incremental.OpenStore(spare)
	return spare, c.telling(store), err
}

// writableStore returns a cache directory that executables can be built in, and its
// store: where the user's cannot be written, with a line that says so, a private
// one among the temporary files.
func (c *command) writableStore() (string, *incremental.Store, error) {
	dir, store, err := c.openStore()
	if err == nil {
		err = store.Check()
	}
	if err != nil {
		return c.spareStore(dir, err)
	}
	return dir, store, nil
}

// linksAhead reports whether links may wait for the next build. The linker for that is made once for
// a toolchain: it is not worth its time where nothing is kept from one start to the next.
func (c *command) linksAhead() bool {
	return c.flags.LinkAhead != flags.LinkAheadOff && c.getenv("GORUNCACHE") != cachedir.Off
}

// buildConfig is what every build of this command line has in common.
func (c *command) buildConfig(store *incremental.Store) incremental.Config {
	// As under go run: a wrapper called go may decide by the directory that it is started in.
	dir, flags := c.pwd, c.line.Build
	switch to := c.line.Chdir; {
	case filepath.IsAbs(to):
		dir = c.dir // which does not depend on the other one
	case to != "":
		flags = append([]string{"-C=" + to}, flags...)
	}
	return incremental.Config{
		Go:       c.goCmd,
		Dir:      dir,
		Env:      environ.Set(gocmd.Tune(c.env), "PWD="+c.pwd),
		Flags:    flags,
		Patterns: c.line.Packages,
		Store:    store,
		GoCache:  func() string { return c.goenv("GOCACHE") },
		Debug:    c.con.Debug("plan"),
	}
}
