package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/cachedir"
	"github.com/gorun-dev/gorun/internal/startcache"
)

// clean empties the cache.
func (c *command) clean() (int, error) {
	dir, err := cachedir.Find(c.getenv)
	if err != nil {
		return 0, err
	}
	if err := os.RemoveAll(filepath.Join(dir, generateDir)); err != nil {
		return 0, fmt.Errorf("removing what directives were made from: %w", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "exe")); os.IsNotExist(err) {
		return 0, nil
	}
	store, err := incremental.OpenStore(dir)
	if err != nil {
		return 0, err
	}
	if err := startcache.OpenIndex(dir, store).Clean(); err != nil {
		return 0, fmt.Errorf("removing records: %w", err)
	}
	if err := store.CleanSaved(); err != nil {
		return 0, fmt.Errorf("removing sessions: %w", err)
	}
	if err := c.telling(store).Clean(); err != nil {
		return 0, fmt.Errorf("removing executables: %w", err)
	}
	return 0, nil
}
