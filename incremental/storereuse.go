package incremental

import (
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/gorun-dev/gorun/internal/privatedir"
)

// Entry names the executable's directory in the store, for Reuse by a later gorun.
func (e *Executable) Entry() string {
	if e == nil || e.entry == "" {
		return ""
	}
	return filepath.Base(e.entry)
}

// Reuse returns an executable that an earlier gorun has left in the store, by
// what its Entry was and its file's name; "" stands for whatever name it has. It is
// nil if there is none. It is not this gorun's alone, so Remove leaves it in the
// store. PATH and Environ are for the caller to fill in.
func (s *Store) Reuse(entry, name string) *Executable {
	if entry == "" || filepath.Base(entry) != entry {
		return nil
	}
	e := &Executable{store: s, entry: filepath.Join(s.dir, entry)}
	e.shared.Store(true)
	if name == "" {
		if name = filepath.Base(executableOf(e.entry)); name == "." {
			return nil
		}
	}
	e.Path = filepath.Join(e.bin(), name)
	if info, err := os.Lstat(e.Path); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	// Whoever can write to one of the directories could have put it there.
	if err := privatedir.Check(s.cache, filepath.Join(storeName, entry, binBelow, name)); err != nil {
		return nil
	}
	return e
}

// unshare is for an executable that nobody else can come to any more. Where this gorun does not use it either,
// it is removed at once.
func (e *Executable) unshare() {
	e.shared.Store(false)
	_, _ = e.store.free(e.entry)
}

// Use records that a reused executable was used now, which Trim goes by. It writes at most once
// in half of youngFor. Hold is for a gorun that uses the executable as long as it runs.
func (e *Executable) Use() {
	if info, err := os.Stat(e.entry); err == nil && time.Since(info.ModTime()) > youngFor/2 {
		now := time.Now()
		_ = os.Chtimes(e.entry, now, now) // a store that cannot be written is not trimmed either
	}
}

// Hold locks a reused executable as in use until Release.
func (e *Executable) Hold() {
	lock := flock.New(filepath.Join(e.entry, lockFile))
	if ok, err := lock.TryRLock(); err == nil && ok {
		e.lock = lock
	}
}
