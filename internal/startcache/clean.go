package startcache

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gorun-dev/gorun/incremental"
)

// Clean removes the records, saved sessions and executables of a cache directory. say is told of files of
// programs that stay.
func Clean(cache string, say func(format string, args ...any)) error {
	if _, err := os.Stat(filepath.Join(cache, "exe")); os.IsNotExist(err) {
		return nil
	}
	store, err := incremental.OpenStore(cache)
	if err != nil {
		return err
	}
	store.Say = say
	if err := OpenIndex(cache, store).Clean(); err != nil {
		return fmt.Errorf("removing records: %w", err)
	}
	if err := store.CleanSaved(); err != nil {
		return fmt.Errorf("removing sessions: %w", err)
	}
	if err := store.Clean(); err != nil {
		return fmt.Errorf("removing executables: %w", err)
	}
	return nil
}
