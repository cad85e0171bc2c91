package cli

import (
	"github.com/gorun-dev/gorun/internal/cachedir"
	"github.com/gorun-dev/gorun/internal/generate"
	"github.com/gorun-dev/gorun/internal/startcache"
)

// clean empties the cache.
func (c *command) clean() (int, error) {
	dir, err := cachedir.Find(c.getenv)
	if err != nil {
		return 0, err
	}
	if err := generate.Clean(dir); err != nil {
		return 0, err
	}
	return 0, startcache.Clean(dir, c.con.Say)
}
