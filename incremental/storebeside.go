package incremental

// What becomes of files that a program writes beside its executable: a database, a log. go
// run would remove them with its work directory, but whoever writes there does not expect
// it. A version that starts finds them beside its own executable; those for which there is
// no such version stay where they are, and the user is told once.
//
// Rejected: one directory for all versions of a run, in which each executable replaces the
// one before. With -swap=overlap an old version that starts itself once more would start
// the new one, and a version that cannot be started could not give way to the old one.

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// besideFiles is what a Store knows of files beside its executables.
type besideFiles struct {
	mu      sync.Mutex
	started []*Executable // not removed yet, in the order of their last starts; under mu
}

// Starts says that a program is about to start from an executable. alone says that nothing
// runs from the ones before, so that what is beside those can be moved.
func (s *Store) Starts(e *Executable, alone bool) {
	b := s.beside
	b.mu.Lock()
	defer b.mu.Unlock()
	b.started = slices.DeleteFunc(b.started, func(other *Executable) bool { return other == e })
	if alone {
		for _, other := range b.started {
			moveBeside(other.bin(), filepath.Base(other.Path), e.bin())
		}
	}
	b.started = append(b.started, e)
}

// remove clears the entry of an executable from which nothing runs any more.
func (b *besideFiles) remove(e *Executable) {
	var heir *Executable
	b.mu.Lock()
	b.started = slices.DeleteFunc(b.started, func(other *Executable) bool { return other == e })
	if n := len(b.started); n > 0 {
		heir = b.started[n-1]
	}
	b.mu.Unlock()
	_ = e.store.clear(e.entry, heir)
}

// clear removes an entry but for what a program has written beside its executable. That
// goes to the heir, if there is one; what cannot go there is told of.
func (s *Store) clear(entry string, heir *Executable) error {
	exe := executableOf(entry)
	bin := filepath.Join(entry, filepath.FromSlash(binBelow))
	if heir != nil {
		moveBeside(bin, filepath.Base(exe), heir.bin())
	}
	if len(besideOf(bin, filepath.Base(exe))) == 0 {
		return os.RemoveAll(entry)
	}
	if exe == "" {
		return nil // it was told when the executable went
	}
	err := os.Remove(exe)
	for _, d := range list(entry) {
		if top, _, _ := strings.Cut(binBelow, "/"); d.Name() != top && d.Name() != lockFile {
			err = errors.Join(err, os.RemoveAll(filepath.Join(entry, d.Name())))
		}
	}
	if s.Say != nil {
		s.Say("files that the program has written beside its executable are in %q", bin)
	}
	return err
}

// moveBeside moves what a program has written beside its executable to another directory.
// What stands there under its name already is newer, and is not replaced.
func moveBeside(from, exe, to string) {
	for _, name := range besideOf(from, exe) {
		target := filepath.Join(to, name)
		if _, err := os.Lstat(target); errors.Is(err, fs.ErrNotExist) {
			_ = os.Rename(filepath.Join(from, name), target) // where it fails the file stays
		}
	}
}

// besideOf names what is in the directory of an executable of that name, but for what
// gorun has put there.
func besideOf(bin, exe string) []string {
	var names []string
	for _, d := range list(bin) {
		if d.Name() != exe && !strings.HasSuffix(d.Name(), partSuffix) {
			names = append(names, d.Name())
		}
	}
	return names
}

// executableOf returns the executable in an entry, "" if there is none. Where nobody has
// noted its name, because gorun was killed, it is the only file.
func executableOf(entry string) string {
	bin := filepath.Join(entry, filepath.FromSlash(binBelow))
	name, _ := os.ReadFile(filepath.Join(entry, lockFile))
	if files := list(bin); len(name) == 0 && len(files) == 1 {
		name = []byte(files[0].Name())
	}
	exe := filepath.Join(bin, string(name))
	if info, err := os.Lstat(exe); len(name) == 0 || err != nil || !info.Mode().IsRegular() {
		return ""
	}
	return exe
}

// runs reports whether a program runs from a file: where the system knows, it refuses to
// open the file for writing.
func runs(exe string) bool {
	f, err := os.OpenFile(exe, os.O_WRONLY, 0)
	if err == nil {
		f.Close()
	}
	return errors.Is(err, syscall.ETXTBSY)
}

// list lists a directory; one that cannot be listed is empty.
func list(dir string) []fs.DirEntry {
	entries, _ := os.ReadDir(dir)
	return entries
}
