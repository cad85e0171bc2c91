package startcache

import (
	"crypto/sha256"
	"os"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/internal/stamp"
)

// parallelFrom is how many items are worth another thread, which takes some
// 50 µs to start: one item takes about 1 µs.
const parallelFrom = 500

// A checkMode says how a record is compared with the disk.
type checkMode int

const (
	// quickly is for a start: what metadata does not prove is read.
	quickly checkMode = iota

	// strictly is for the recorder, after its build: a file that was written again with
	// the same content differs, too. In between it may have had another content, and the
	// build may have read that.
	strictly

	// thoroughly is for the recorder, when there is a record: what has to be read is
	// written to the disk first, after which its metadata is proof sooner.
	thoroughly
)

// check compares a record with the disk. diff is the first path found to differ, ""
// if none does. renewed says that items have newer stamps of the same content now, with
// which the next check need not read them.
func (r *record) check(mode checkMode) (diff string, renewed bool) {
	items := 0
	for _, f := range r.directories {
		items += f.count
	}
	var next atomic.Int64
	var differs atomic.Pointer[string]
	var fresh atomic.Bool
	work := func() {
		for differs.Load() == nil {
			i := int(next.Add(1) - 1)
			if i >= len(r.directories) {
				return
			}
			path, renewed := r.directories[i].check(mode)
			if path != "" {
				differs.CompareAndSwap(nil, &path)
			}
			if renewed {
				fresh.Store(true)
			}
		}
	}
	var wg sync.WaitGroup // at most 3
	for range min(items/parallelFrom, runtime.GOMAXPROCS(0)-1, 3) {
		wg.Go(work)
	}
	work()
	wg.Wait()
	if path := differs.Load(); path != nil {
		return *path, false
	}
	return "", fresh.Load()
}

// check compares a directory's items with the disk, see record.check.
func (f *directory) check(mode checkMode) (diff string, renewed bool) {
	n := 0
	c := f.cursor()
	for ; c.next(); n++ {
		path := f.path + c.name
		same, fresh := c.item.check(path, mode)
		if !same {
			return path, false
		}
		if fresh {
			c.renew()
			renewed = true
		}
	}
	if c.rd.bad || n != f.count {
		return f.path, false
	}
	return "", renewed
}

// check reports whether the path still is what the item says. fresh says that the file
// had to be read, and that the item's stamp was renewed.
func (it *item) check(path string, mode checkMode) (same, fresh bool) {
	if it.kind == itemLink {
		return linkSum(path) == it.sum, false
	}
	m := stamp.Stat(path)
	switch {
	case m.State == stamp.Unknown || m.State != it.meta.State:
		return false, false
	case it.kind == itemState:
		return true, false
	case it.conclusive && m == it.meta:
		return true, false
	case mode == strictly && m != it.meta, !it.summed:
		return false, false // too large to be read, or none of the user's
	}
	stampOf := stamp.Of
	if mode == thoroughly {
		stampOf = stamp.Flushed
	}
	now, err := observe(path, it.kind, stampOf)
	if err != nil || now.meta.State != it.meta.State || now.sum != it.sum {
		return false, false
	}
	*it = now
	return true, now.conclusive
}

// observe returns what is at a path now, as an item. A file is read by stampOf.
func observe(path string, kind itemKind, stampOf func(string) (stamp.Stamp, error)) (item, error) {
	it := item{kind: kind, summed: true}
	switch kind {
	case itemLink:
		it.sum = linkSum(path)
	case itemFile:
		s, err := stampOf(path)
		if err != nil {
			return it, err
		}
		it.meta, it.sum, it.conclusive = s.Meta, s.Sum, s.Conclusive
	case itemSources, itemNames:
		// First the directory's times, then its names: a name that comes in between
		// makes the times differ.
		s := stamp.ReadMeta(path)
		it.meta, it.conclusive = s.Meta, s.Conclusive
		var err error
		if it.sum, err = namesSum(path, kind); err != nil {
			return it, err
		}
	default:
		it.meta, it.summed = stamp.Stat(path), false
	}
	return it, nil
}

// namesSum hashes what a directory lists. Among sources neither directories count nor
// files that the go command passes over by their names.
func namesSum(dir string, kind itemKind) (sum [32]byte, err error) {
	entries, err := os.ReadDir(dir) // sorted
	if err != nil && !os.IsNotExist(err) {
		return sum, err
	}
	var b []byte
	for _, e := range entries {
		if kind == itemSources && (e.IsDir() || !depgraph.IsSource(e.Name())) {
			continue
		}
		b = append(b, e.Name()...)
		b = append(b, 0, byte(e.Type()>>24), byte(e.Type()>>16))
	}
	return sha256.Sum256(b), nil
}

func linkSum(path string) [32]byte {
	target, err := os.Readlink(path)
	if err != nil {
		return [32]byte{}
	}
	return sha256.Sum256([]byte(target))
}
