package startcache

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/privatedir"
)

const (
	// unrecordableAge is how long it is believed that nothing can be recorded of a
	// program: until then its starts do not have the recorder try again, which would
	// cost half a second of a processor each.
	unrecordableAge = 10 * time.Minute

	// leftoverAge is when what a killed gorun has left half made is removed.
	leftoverAge = time.Hour
)

// An Index is the directory of records. Several gorun may use one at a time: records
// are replaced as a whole, never written to.
type Index struct {
	cache string // gorun's cache directory
	dir   string
	store *incremental.Store
}

// OpenIndex returns the records below gorun's cache directory, whose executables are in
// the store. The directory is made with the first claim.
func OpenIndex(cache string, store *incremental.Store) *Index {
	return &Index{cache: cache, dir: filepath.Join(cache, indexName), store: store}
}

// indexName is the directory of records in gorun's cache directory.
const indexName = "start"

func (x *Index) file(k Key) string { return filepath.Join(x.dir, recordName(k)) }

func recordName(k Key) string { return k.String() + ".rec" }

// An Answer is what an Index knows of a command line.
type Answer struct {
	Exe          *incremental.Executable // nil if there must be a build
	Why          string                  // why there must
	Unrecordable bool                    // and it is of no use to have that build recorded
	Live         bool                    // only a gorun that stays may start it: it may not be what the go command makes

	// Uncached is what the go command did not know when the record was made.
	Uncached depgraph.Uncached
}

// LookUp looks for an executable that can be started without a build.
func (x *Index) LookUp(k Key) Answer {
	file := x.file(k)
	switch err := privatedir.Check(x.cache, filepath.Join(indexName, recordName(k))); {
	case errors.Is(err, fs.ErrNotExist):
		return Answer{Why: "not recorded"}
	case err != nil:
		// Somebody else may have written the record.
		return Answer{Why: err.Error(), Unrecordable: true}
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return Answer{Why: "not recorded"}
	}
	r, err := decode(data)
	if err != nil {
		return Answer{Why: err.Error()}
	}
	if r.unrecordable != "" {
		info, err := os.Stat(file)
		fresh := err == nil && time.Since(info.ModTime()).Abs() < unrecordableAge
		why := "not recorded: " + r.unrecordable
		return Answer{Why: why, Unrecordable: fresh, Uncached: decodeUncached(r.uncached)}
	}
	exe := x.store.Reuse(r.entry, r.name)
	if exe == nil || exeMeta(exe.Path) != r.exe {
		return Answer{Why: "the executable is not in the store any more", Uncached: decodeUncached(r.uncached)}
	}
	diff, renewed := r.check(quickly)
	if diff != "" {
		return Answer{Why: diff + " is not as it was", Uncached: decodeUncached(r.uncached)}
	}
	if renewed {
		_ = x.write(k, r) // or the next start reads the files again
	}
	exe.PATH, exe.Environ = r.path, r.environ
	return Answer{Exe: exe, Live: r.live}
}

// isThere reports whether there is a directory for records that can be trusted.
func (x *Index) isThere() bool { return privatedir.Check(x.cache, indexName) == nil }

// write writes a record. The file gets its name last, when it is whole. The directory was
// made with the claim; where somebody has deleted it since, it must not come back.
func (x *Index) write(k Key, r *record) error {
	if err := privatedir.Check(x.cache, indexName); err != nil {
		return err
	}
	f, err := os.CreateTemp(x.dir, k.String()+".*.tmp") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(r.encode())
	err = cmp.Or(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), x.file(k))
	}
	if err != nil {
		f.Close()
		os.Remove(f.Name())
	}
	return err
}

// remove removes a record. One that is not there is no error.
func (x *Index) remove(k Key) error {
	if err := os.Remove(x.file(k)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Trim removes records whose executable is gone, and leftovers.
func (x *Index) Trim() error {
	list, err := os.ReadDir(x.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	var errs []error
	for _, d := range list {
		info, err := d.Info()
		if err != nil {
			continue
		}
		path := filepath.Join(x.dir, d.Name())
		if !strings.HasSuffix(path, ".rec") {
			if time.Since(info.ModTime()).Abs() > leftoverAge && unused(path) {
				errs = append(errs, os.Remove(path))
			}
			continue
		}
		r, err := readHead(path)
		if err == nil && r.unrecordable == "" && x.store.Reuse(r.entry, r.name) != nil ||
			err == nil && r.unrecordable != "" && time.Since(info.ModTime()).Abs() < unrecordableAge {
			continue
		}
		errs = append(errs, os.Remove(path))
	}
	return errors.Join(errs...)
}

// unused reports whether nobody uses a leftover: of a claim's file, that nobody has
// locked it.
func unused(path string) bool {
	if !strings.HasSuffix(path, ".lock") {
		return true
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	ok, err := tryLock(f, true)
	return ok && err == nil
}

// Clean removes all records.
func (x *Index) Clean() error { return os.RemoveAll(x.dir) }

// readHead reads what stands before the directories, without checking the sum.
func readHead(path string) (*record, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	buf := make([]byte, 64<<10) // PATH and other variables are in it
	n, _ := f.Read(buf)
	return decodeHead(buf[:n])
}
