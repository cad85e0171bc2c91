package incremental

// Where executables live: GORUNCACHE/exe/go-build<random>/b001/exe/<name>, one entry a
// build, with a lock file that every gorun using the entry holds shared.
//
// The path is one that go run could have: programs ask it for "go-build", and keep their
// data in the working directory if they find that.
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
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"

	"github.com/gorun-dev/gorun/incremental/direct"
	"github.com/gorun-dev/gorun/internal/environ"
	"github.com/gorun-dev/gorun/internal/privatedir"
)

// youngFor is how long an entry that nobody has locked is left alone: its
// gorun may be about to lock it, or to become the program.
const youngFor = time.Minute

// A Store keeps executables in the user's cache directory. Several gorun may use
// one directory at a time.
type Store struct {
	cache string // gorun's cache directory
	dir   string
	limit int64
	found bool // the directories are not made again when somebody deletes them

	// Say tells the user of files that a program has written beside its executable; nil
	// where there is nobody to tell.
	Say func(format string, args ...any)

	// Spare returns another store, after it has told the user why this one is not used any more; nil if
	// there is none. A build calls it that could not put its executable here.
	Spare func(why error) *Store

	beside *besideFiles
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
	return newStore(dir), nil
}

func newStore(dir string) *Store {
	return &Store{cache: dir, dir: filepath.Join(dir, storeName), limit: storeLimit, beside: new(besideFiles)}
}

// FindStore is OpenStore for who only adds to what is there: the error is [fs.ErrNotExist]
// where there is no store, and one that somebody deletes later is not made again.
func FindStore(dir string) (*Store, error) {
	if err := privatedir.Check(dir, storeName); err != nil {
		return nil, err
	}
	s := newStore(dir)
	s.found = true
	return s, nil
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

	store  *Store
	entry  string
	lock   *flock.Flock
	shared atomic.Bool // somebody else may start it: Remove leaves it in the store (Reuse, Builder.record)

	// For the Builder's builds and idle work, of which one runs at a time.
	printed  bool            // the go command said something when it built it
	began    time.Time       // when its build did, if it was the go command's
	uncached string          // which contents of files that the go command does not know are in it (uncached.go)
	key      direct.Key      // of the direct link that makes it; zero if none is known to
	outcome  *direct.Outcome // of the direct build that linked it or found it the same; nil if the go command did
	verified bool            // the go command has built the same from the files of outcome
}

// newEntry makes a directory for one executable, locked as in use.
func (s *Store) newEntry() (*Executable, error) {
	entry, err := os.MkdirTemp(s.dir, entryPrefix)
	if errors.Is(err, fs.ErrNotExist) && !s.found {
		// Somebody has cleaned the cache directory while the program runs.
		if err = privatedir.Make(s.cache, storeName); err == nil {
			entry, err = os.MkdirTemp(s.dir, entryPrefix)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("making room for the executable: %w\nset GORUNCACHE to a directory that can be written", err)
	}
	e := &Executable{store: s, entry: entry, lock: flock.New(filepath.Join(entry, lockFile))}
	if _, err := e.lock.TryRLock(); err != nil {
		os.RemoveAll(entry)
		return nil, fmt.Errorf("locking an entry of the executable store: %w", err)
	}
	// One after the other: the cache directory must not come back where somebody deletes it now.
	if err := cmp.Or(os.Mkdir(filepath.Dir(e.bin()), 0o700), os.Mkdir(e.bin(), 0o700)); err != nil {
		e.Remove()
		return nil, fmt.Errorf("making room for the executable: %w", err)
	}
	return e, nil
}

// An entry is called as a work directory of the go command, and below it the executable
// is where the go command links it (cmd/go/internal/work, Builder.Init and LinkAction).
const (
	entryPrefix = "go-build"
	binBelow    = "b001/exe"
	lockFile    = "lock" // its content is the name of the executable
)

// bin is the directory that holds the executable, and what the program writes beside it.
func (e *Executable) bin() string { return filepath.Join(e.entry, filepath.FromSlash(binBelow)) }

// named says what the executable is called. The entry holds that, too, so that whoever
// clears it knows the executable from what the program has written beside it.
func (e *Executable) named(name string) error {
	e.Path = filepath.Join(e.bin(), name)
	return os.WriteFile(filepath.Join(e.entry, lockFile), []byte(name), 0o600)
}

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
// not disturbed, except on Windows, where the file then stays until Trim. What the program
// has written beside it goes to the version that has started last, or stays.
func (e *Executable) Remove() {
	if e.Release(); e != nil && e.entry != "" && !e.shared.Load() {
		e.store.beside.remove(e)
	}
}
