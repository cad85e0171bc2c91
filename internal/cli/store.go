package cli

import (
	"strings"

	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/cachedir"
	"github.com/gorun-dev/gorun/internal/gocmd"
)

// openStore returns the cache directory and the store in it.
func (c *command) openStore() (string, *incremental.Store, error) {
	dir, err := cachedir.Find(c.getenv)
	if err != nil {
		return "", nil, err
	}
	store, err := incremental.OpenStore(dir)
	return dir, store, err
}

// writableStore returns a cache directory that executables can be built in, and its
// store: where the user's cannot be written, with a line that says so, a private
// one among the temporary files.
func (c *command) writableStore() (string, *incremental.Store, error) {
	dir, store, err := c.openStore()
	if err == nil {
		err = store.Check()
	}
	if err == nil {
		return dir, store, nil
	}
	spare, errSpare := cachedir.Temporary()
	if errSpare != nil || spare == dir {
		return "", nil, err
	}
	line, _, _ := strings.Cut(err.Error(), "\n")
	c.con.Fail("%s; using %s", line, spare)
	store, err = incremental.OpenStore(spare)
	return spare, store, err
}

// buildConfig is what every build of this command line has in common.
func (c *command) buildConfig(store *incremental.Store) incremental.Config {
	return incremental.Config{
		Go:       c.goCmd,
		Self:     c.self,
		Env:      gocmd.Tune(c.env),
		Flags:    c.goRunFlags(),
		Patterns: c.line.Packages,
		Store:    store,
		GoCache:  func() string { return c.goenv("GOCACHE") },
		Debug:    c.con.Debug("plan"),
	}
}
