package startcache

import (
	"encoding/binary"
	"encoding/json"
	"io/fs"
	"slices"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/internal/environ"
	"github.com/gorun-dev/gorun/internal/stamp"
)

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}

const metaSize = 1 + 4 + 5*8

type writer struct{ b []byte }

func (w *writer) u32(n uint32) { w.b = binary.LittleEndian.AppendUint32(w.b, n) }
func (w *writer) u64(n uint64) { w.b = binary.LittleEndian.AppendUint64(w.b, n) }

func (w *writer) str(s string) {
	w.u32(uint32(len(s)))
	w.b = append(w.b, s...)
}

func (w *writer) strs(list []string) {
	w.u32(uint32(len(list)))
	for _, s := range list {
		w.str(s)
	}
}

func (w *writer) item(it item) {
	w.b = append(w.b, byte(it.kind), flag(it.conclusive)|flag(it.summed)<<1)
	w.meta(it.meta)
	if it.summed {
		w.b = append(w.b, it.sum[:]...)
	}
}

func (w *writer) meta(m stamp.Meta) {
	w.b = append(w.b, byte(m.State))
	w.u32(uint32(m.Perm))
	w.u64(uint64(m.Size))
	w.u64(uint64(m.Mtime))
	w.u64(uint64(m.Ctime))
	w.u64(m.Dev)
	w.u64(m.Inode)
}

// A reader reads what a writer wrote. After a read past the end it is bad, and reads
// zeros.
type reader struct {
	b   []byte
	pos int
	bad bool
}

var zero [metaSize]byte

func (r *reader) next(n int) []byte {
	if n < 0 || n > len(r.b)-r.pos {
		r.bad = true
		return slices.Clone(zero[:min(max(n, 0), len(zero))])
	}
	r.pos += n
	return r.b[r.pos-n : r.pos]
}

func (r *reader) byte() byte  { return r.next(1)[0] }
func (r *reader) u32() uint32 { return binary.LittleEndian.Uint32(r.next(4)) }

// count reads a number of things that take at least size bytes each.
func (r *reader) count(size int) int {
	n := r.u32()
	if uint64(n) > uint64(len(r.b)-r.pos)/uint64(size) {
		r.bad = true
		return 0
	}
	return int(n)
}

func (r *reader) bytes() []byte {
	n := r.u32()
	if uint64(n) > uint64(len(r.b)-r.pos) {
		r.bad = true
		return nil
	}
	begin := r.pos
	r.pos += int(n)
	return r.b[begin:r.pos:r.pos]
}

func (r *reader) str() string { return string(r.bytes()) }

func (r *reader) strs() []string {
	var list []string
	for range r.count(4) {
		list = append(list, r.str())
	}
	return list
}

func (r *reader) head() *record {
	return &record{
		live:         r.byte() != 0,
		unrecordable: r.str(), uncached: r.str(),
		entry: r.str(), name: r.str(), path: r.str(),
		environ: environ.Change{Set: r.strs(), Unset: r.strs()},
		exe:     r.meta(),
	}
}

func (r *reader) item() (it item) {
	kind, flags := r.byte(), r.byte()
	it.kind, it.conclusive, it.summed = itemKind(kind), flags&1 != 0, flags&2 != 0
	it.meta = r.meta()
	if it.summed {
		copy(it.sum[:], r.next(32))
	}
	return it
}

func (r *reader) meta() stamp.Meta {
	b := r.next(metaSize)
	u := binary.LittleEndian.Uint64
	return stamp.Meta{
		State: stamp.State(b[0]),
		Perm:  fs.FileMode(binary.LittleEndian.Uint32(b[1:])),
		Size:  int64(u(b[5:])), Mtime: int64(u(b[13:])), Ctime: int64(u(b[21:])),
		Dev: u(b[29:]), Inode: u(b[37:]),
	}
}

// encodeUncached is what of a record only a start needs that has to build; "" is nothing.
func encodeUncached(u depgraph.Uncached) string {
	if len(u.Packages) == 0 {
		return ""
	}
	b, _ := json.Marshal(u) // there is nothing in it that could fail
	return string(b)
}

func decodeUncached(text string) (u depgraph.Uncached) {
	if text != "" && json.Unmarshal([]byte(text), &u) != nil {
		return depgraph.Uncached{}
	}
	return u
}
