package incremental

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gorun-dev/gorun/internal/cachedir"
	"github.com/gorun-dev/gorun/internal/privatedir"
	"github.com/gorun-dev/gorun/internal/startfailure"
)

// A StoreOpener opens the Store in the user's cache directory, or where that must not or cannot be used, with
// a line that says so, in a private directory among the temporary files.
type StoreOpener struct {
	Getenv    func(string) string
	Say, Fail func(format string, args ...any)
}

// Open returns the cache directory and the store in it: where somebody else may
// have put something into the user's, or nothing can be started from there, with a line that
// says so, a private one among the temporary files.
func (o *StoreOpener) Open() (string, *Store, error) {
	dir, err := cachedir.Find(o.Getenv)
	if err != nil {
		return "", nil, err
	}
	store, err := OpenStore(dir)
	if why := unusable(dir, err); why != nil {
		return o.Spare(dir, why)
	}
	return dir, o.telling(store), err
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
func (o *StoreOpener) telling(store *Store) *Store {
	if store != nil {
		store.Say = o.Say
	}
	return store
}

// Find is Open for a recorder, which must not make a cache directory again that
// somebody has deleted, nor says anything.
func (o *StoreOpener) Find() (string, *Store, error) {
	dir, err := cachedir.Find(o.Getenv)
	if err != nil {
		return "", nil, err
	}
	store, err := FindStore(dir)
	if unusable(dir, err) != nil {
		if dir, err = cachedir.Temporary(); err != nil {
			return "", nil, err
		}
		store, err = FindStore(dir)
	}
	return dir, store, err
}

// Spare is the store in a private directory among the temporary files, used for
// the reason why instead of that in dir.
func (o *StoreOpener) Spare(dir string, why error) (string, *Store, error) {
	spare, err := cachedir.Temporary()
	if err != nil || spare == dir || mayExecute(spare) != nil {
		return "", nil, why
	}
	line, _, _ := strings.Cut(why.Error(), "\n")
	o.Fail("%s; using %s", line, spare)
	store, err := OpenStore(spare)
	return spare, o.telling(store), err
}

// Writable returns a cache directory that executables can be built in, and its
// store: where the user's cannot be written, with a line that says so, a private
// one among the temporary files.
func (o *StoreOpener) Writable() (string, *Store, error) {
	dir, store, err := o.Open()
	if err == nil {
		err = store.Check()
	}
	if err != nil {
		return o.Spare(dir, err)
	}
	return dir, store, nil
}
