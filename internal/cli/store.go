package cli

import (
	"path/filepath"

	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/cachedir"
	"github.com/gorun-dev/gorun/internal/environ"
	"github.com/gorun-dev/gorun/internal/flags"
	"github.com/gorun-dev/gorun/internal/gocmd"
)

// stores opens the store of executables.
func (c *command) stores() *incremental.StoreOpener {
	return &incremental.StoreOpener{Getenv: c.getenv, Say: c.con.Say, Fail: c.con.Fail}
}

// liveStore is the one of a gorun that stays: where it cannot be used any more, another one takes its place.
func (c *command) liveStore() (cache string, store *incremental.Store, err error) {
	cache, store, err = c.stores().Writable()
	if err != nil {
		return "", nil, err
	}
	store.Spare = func(why error) *incremental.Store {
		_, spare, err := c.stores().Spare(cache, why)
		if err != nil {
			return nil
		}
		return spare
	}
	return cache, store, nil
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
