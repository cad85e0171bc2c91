package incremental

// Where executables live: GORUNCACHE/exe/<random>/bin/<name>, one directory a
// build, with a lock file that every gorun using the entry holds shared.
//
// Rejected: one directory a session, removed at its end (a program started with
// -once outlives gorun and may read its own executable), a name made of the
// content's hash (hashing 80 MB costs more than the link it could save, and two
// gorun would have to agree on who writes), and GOCACHE (it is the go command's,
// and has no bound).

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/gorun-dev/gorun/incremental/direct"
	"github.com/gorun-dev/gorun/internal/environ"
	"github.com/gorun-dev/gorun/internal/privatedir"
)

// storeLimit is how many bytes of executables the store keeps. The least
// recently used go first; those in use stay.
const storeLimit = 2 << 30

// youngFor is how long an entry that nobody has locked is left alone: its
// gorun may be about to lock it, or to become the program.
const youngFor = time.Minute

// A Store keeps executables in the user's cache directory. Several gorun may use
// one directory at a time.
type Store struct {
	cache string // gorun's cache directory
	dir   string
	limit int64
}

// storeName is the store's directory in gorun's cache directory.
const storeName = "exe"

// OpenStore returns the store below dir, gorun's cache directory, and makes the
// directories where they do not exist, readable by nobody else. The error is a
// [*privatedir.Error] if somebody else may have put an executable there.
func OpenStore(dir string) (*Store, error) {
	err := privatedir.Make(dir, storeName)
	if _, foreign := errors.AsType[*privatedir.Error](err); foreign {
		return nil, err
	} else if err != nil {
		return nil, fmt.Errorf("making the cache directory: %w\nset GORUNCACHE to a directory that can be written", err)
	}
	return &Store{cache: dir, dir: filepath.Join(dir, storeName), limit: storeLimit}, nil
}

// Check reports why no executable can be stored, if that is so.
func (s *Store) Check() error {
	dir, err := os.MkdirTemp(s.dir, "")
	if err != nil {
		return fmt.Errorf("writing into the cache directory: %w\nset GORUNCACHE to a directory that can be written", err)
	}
	return os.Remove(dir)
}

// An Executable is a built program in the store.
type Executable struct {
	Path string // its file; the base name is what `go run` would call it
	PATH string // the PATH that the go command starts it with

	// Environ is what else the go command, or a wrapper of that name, changes of the
	// environment: a wrapper may export variables, and a go command that switches to
	// another toolchain sets GOROOT.
	Environ environ.Change

	// Plain says that it is for this machine and that GOFLAGS has no -exec, so
	// that nothing but the command line's -exec can stand before it.
	Plain bool

	entry  string
	lock   *flock.Flock
	shared bool // an earlier gorun built it: Remove leaves it in the store (see Reuse)

	// For the Builder's builds and idle work, of which one runs at a time.
	key      direct.Key      // of the direct link that makes it; zero if none is known to
	outcome  *direct.Outcome // of the direct build that linked it or found it the same; nil if the go command did
	verified bool            // the go command has built the same from the files of outcome
}

// newEntry makes a directory for one executable, locked as in use.
func (s *Store) newEntry() (*Executable, error) {
	entry, err := os.MkdirTemp(s.dir, "")
	if errors.Is(err, fs.ErrNotExist) {
		// Somebody has cleaned the cache directory while the program runs.
		if err = privatedir.Make(s.cache, storeName); err == nil {
			entry, err = os.MkdirTemp(s.dir, "")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("making room for the executable: %w\nset GORUNCACHE to a directory that can be written", err)
	}
	e := &Executable{entry: entry, lock: flock.New(filepath.Join(entry, "lock"))}
	if _, err := e.lock.TryRLock(); err != nil {
		os.RemoveAll(entry)
		return nil, fmt.Errorf("locking an entry of the executable store: %w", err)
	}
	if err := os.Mkdir(e.bin(), 0o700); err != nil {
		e.Remove()
		return nil, fmt.Errorf("making room for the executable: %w", err)
	}
	return e, nil
}

// bin is the directory that holds the executable itself and nothing else, so that
// no name of a program can meet a name of the store's.
func (e *Executable) bin() string { return filepath.Join(e.entry, "bin") }

// workIn returns env with a work directory for the go command that is inside the
// entry and goes with it: a go command that is interrupted before it listens for
// signals, or killed, leaves its work directory where it is. A GOTMPDIR of the
// user's own stays.
func (e *Executable) workIn(env []string) ([]string, error) {
	if environ.Get(env, "GOTMPDIR") != "" {
		return env, nil
	}
	dir := filepath.Join(e.entry, "work")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making a work directory for the go command: %w", err)
	}
	return environ.Set(env, "GOTMPDIR="+dir), nil
}

// Release says that this gorun no longer uses the executable. It stays in the
// store until room is needed. A nil or zero Executable is none.
func (e *Executable) Release() {
	if e != nil && e.lock != nil {
		e.lock.Close()
	}
}

// Remove takes the executable out of the store. A program that runs from it is
// not disturbed, except on Windows, where the file then stays until Trim.
func (e *Executable) Remove() {
	if e.Release(); e != nil && e.entry != "" && !e.shared {
		os.RemoveAll(e.entry)
	}
}

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
		filepath.WalkDir(filepath.Join(e.path, "bin"), func(path string, f fs.DirEntry, err error) error {
			if err == nil && f.Type().IsRegular() && !strings.HasPrefix(f.Name(), ".") {
				if info, err := f.Info(); err == nil {
					e.size += info.Size()
					e.empty = false
				}
			}
			return nil
		})
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
		lock := flock.New(filepath.Join(e.path, "lock"))
		if ok, err := lock.TryLock(); err != nil || !ok {
			continue
		}
		err := os.RemoveAll(e.path)
		lock.Close()
		if err != nil {
			errs = append(errs, err)
			continue
		}
		total -= e.size
	}
	return errors.Join(errs...)
}
