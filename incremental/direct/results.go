package direct

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/gorun-dev/gorun/incremental/archive"
)

// Results keeps the archives that were compiled directly, by key, so that no compile is done
// twice in a run. The archives of GOCACHE that a run starts from are entered, too, and cost
// nothing. It is bounded: what was not used for longest goes first, but never what the state in
// use refers to.
//
// Of later runs it knows nothing: what of it they go on from is saved with the Session.
type Results struct {
	dir   string
	limit int64 // bytes of archives in dir

	mu    sync.Mutex // plans read while compiles enter
	clock int64
	size  int64
	items map[Key]*result
}

type result struct {
	built Built
	own   bool // the file is in dir, and goes with the entry
	used  int64
}

// NewResults returns an empty store that keeps its files in dir, which exists.
func NewResults(dir string, limit int64) *Results {
	return &Results{dir: dir, limit: limit, items: make(map[Key]*result)}
}

// Get returns the outcome of the compile with the given key.
func (r *Results) Get(k Key) (Built, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	it := r.items[k]
	if it == nil {
		return Built{}, false
	}
	r.clock++
	it.used = r.clock
	return it.built, true
}

// byPath returns the archive with that path.
func (r *Results) byPath(path string) (archive.Archive, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, it := range r.items {
		if it.built.Archive.Path == path {
			return it.built.Archive, true
		}
	}
	return archive.Archive{}, false
}

// Enter records an archive that is somebody else's to keep, such as one in GOCACHE.
func (r *Results) Enter(k Key, path string) (Built, error) {
	b, err := readBuilt(path)
	if err != nil {
		return b, err
	}
	r.put(k, b, false)
	return b, nil
}

// Add moves an archive that was just compiled into the store.
func (r *Results) Add(k Key, path string) (Built, error) {
	to := filepath.Join(r.dir, k.Hex()+".a")
	if err := os.Rename(path, to); err != nil {
		return Built{}, err
	}
	b, err := readBuilt(to)
	if err != nil {
		return b, err
	}
	r.put(k, b, true)
	return b, nil
}

func (r *Results) put(k Key, b Built, own bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clock++
	if old := r.items[k]; old != nil && old.own {
		r.size -= old.built.Archive.Size
	}
	r.items[k] = &result{b, own, r.clock}
	if own {
		r.size += b.Archive.Size
	}
}

// Trim removes archives until the store is within its bound. Those at the paths in use stay.
func (r *Results) Trim(inUse map[string]bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.size > r.limit {
		var oldest Key
		found := false
		for k, it := range r.items {
			if it.own && !inUse[it.built.Archive.Path] && (!found || it.used < r.items[oldest].used) {
				oldest, found = k, true
			}
		}
		if !found {
			return
		}
		it := r.items[oldest]
		os.Remove(it.built.Archive.Path)
		r.size -= it.built.Archive.Size
		delete(r.items, oldest)
	}
}

// readBuilt reads what a plan needs of the archive at path.
func readBuilt(path string) (Built, error) {
	a, err := archive.Read(path)
	if err != nil {
		return Built{}, err
	}
	syms, err := archive.Symbols(path)
	if err != nil {
		return Built{}, err
	}
	return Built{Archive: a, Symbols: sumSymbols(syms)}, nil
}

// sumSymbols sums the symbols that have a name, with their indices. Importers have both from
// export data, so what has no name, such as the line table of a function, counts by the indices
// that it shifts: there may be one less where a twin has two functions on one line.
func sumSymbols(syms []archive.Symbol) (sum archive.Sum) {
	h := sha256.New()
	for i, s := range syms {
		if s.Name == "" {
			continue
		}
		fmt.Fprintf(h, "%d %d:", i, len(s.Name))
		io.WriteString(h, s.Name)
		h.Write(binary.LittleEndian.AppendUint16([]byte{s.Type, s.Flag, s.Flag2}, s.ABI))
	}
	h.Sum(sum[:0])
	return sum
}
