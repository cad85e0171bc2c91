package incremental

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// storeLimit is how many bytes of executables the store keeps. The least
// recently used go first; those in use stay.
const storeLimit = 2 << 30

// Trim removes the executables that were not used for longest until the store
// holds no more than its limit, and directories that a killed gorun left without an executable.
// Entries in use stay. Failures are returned joined; none of them matters to a
// running program.
func (s *Store) Trim() error {
	list, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	type entry struct {
		path  string
		size  int64
		used  time.Time
		empty bool
	}
	var entries []entry
	var total int64
	for _, d := range list {
		if !d.IsDir() {
			continue
		}
		e := entry{path: filepath.Join(s.dir, d.Name()), empty: true}
		if info, err := d.Info(); err == nil {
			e.used = info.ModTime()
		}
		if exe := executableOf(e.path); exe != "" {
			if info, err := os.Lstat(exe); err == nil {
				e.size, e.empty = info.Size(), false
			}
		}
		total += e.size
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(a.used.Compare(b.used), strings.Compare(a.path, b.path))
	})
	var errs []error
	for _, e := range entries {
		if total <= s.limit && !e.empty || time.Since(e.used) < youngFor {
			continue
		}
		if freed, err := s.free(e.path); err != nil {
			errs = append(errs, err)
		} else if freed {
			total -= e.size
		}
	}
	return errors.Join(errs...)
}

// Clean removes all executables that nobody uses.
func (s *Store) Clean() error {
	list, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, d := range list {
		_, err := s.free(filepath.Join(s.dir, d.Name()))
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// free clears an entry that nobody uses, and reports whether it did.
func (s *Store) free(entry string) (freed bool, err error) {
	lock := flock.New(filepath.Join(entry, lockFile))
	if ok, err := lock.TryLock(); err == nil && !ok {
		return false, nil
	}
	defer lock.Close()
	if exe := executableOf(entry); exe != "" && runs(exe) {
		return false, nil // gorun has become it
	}
	return true, s.clear(entry, nil)
}
