package startcache

// A record says of one executable in the store from what it was built: a start
// with the same command line (its name is the hash of that, see Key) that finds
// all of this as it was need not build, nor ask the go command anything.
//
// GORUNCACHE/start/<key>.rec holds:
//
//	recordFormat
//	refusal                   why there is nothing to record, or ""
//	entry, name, PATH         the executable, as it is in the store
//	metadata of the executable
//	directories: path, number of items, bytes of items, then each item
//	CRC-32 of all before
//
// An item is a path that decided the build, with its state. A check decodes the
// items one after the other where they stand: the 6500 of a program of 1000 packages
// as values cost a millisecond, most of it for the pages they are in. Rejected:
// JSON and gob (15 ms), and hashing names and times into one sum (no way to look
// closer at the one file that was touched without being changed, nor to say what
// changed).

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io/fs"
	"slices"

	"github.com/gorun-dev/gorun/internal/stamp"
)

// recordFormat begins every record, and every key: older ones are never read.
const recordFormat = "gorun start record 3\n"

// An itemKind says what of a path decides.
type itemKind uint8

const (
	itemState   itemKind = iota // whether a file, a directory or nothing is there
	itemFile                    // a file's content
	itemSources                 // which names of sources a directory lists
	itemNames                   // which names a directory lists
	itemLink                    // where a link points
)

// An item is what of one path decided a build.
type item struct {
	kind    itemKind
	settled bool // equal metadata is proof: see stamp.Stamp
	summed  bool // sum is known
	meta    stamp.Meta
	sum     [32]byte // of the content, of the names, of where the link points
}

// A directory is items below one path, so that it is written once.
type directory struct {
	path  string // ends in a separator
	count int
	items []byte // each a name and an item
}

// add adds the item of a name.
func (f *directory) add(name string, it item) {
	w := writer{b: f.items}
	w.str(name)
	w.item(it)
	f.items = w.b
	f.count++
}

// A cursor goes over the items of a directory.
type cursor struct {
	rd    reader
	begin int // of the item, behind its name

	name string // in the directory
	item item
}

func (f *directory) cursor() cursor { return cursor{rd: reader{b: f.items}} }

// next goes to the next item, the first one to begin with, and reports whether
// there is one. There is none behind one that is damaged.
func (c *cursor) next() bool {
	if c.rd.bad || c.rd.pos == len(c.rd.b) {
		return false
	}
	c.name = c.rd.str()
	c.begin = c.rd.pos
	c.item = c.rd.item()
	return !c.rd.bad
}

// renew writes the item over the old one, which takes as much room if its sum was
// known, too.
func (c *cursor) renew() {
	w := writer{b: c.rd.b[c.begin:c.begin:c.rd.pos]}
	w.item(c.item)
}

// A record is the decoded form.
type record struct {
	refusal     string
	entry       string // name of the entry's directory in the store
	name        string // base name of the executable
	path        string // PATH for the program
	exe         stamp.Meta
	directories []directory
}

var errRecord = errors.New("the record is damaged")

func (r *record) encode() []byte {
	w := writer{b: make([]byte, 0, 64<<10)}
	w.b = append(w.b, recordFormat...)
	w.str(r.refusal)
	w.str(r.entry)
	w.str(r.name)
	w.str(r.path)
	w.meta(r.exe)
	w.u32(uint32(len(r.directories)))
	for _, f := range r.directories {
		w.str(f.path)
		w.u32(uint32(f.count))
		w.str(string(f.items))
	}
	return binary.LittleEndian.AppendUint32(w.b, crc32.ChecksumIEEE(w.b))
}

// decode returns the record, which keeps b. Its items are decoded when they are
// looked at.
func decode(b []byte) (*record, error) {
	if len(b) < len(recordFormat)+4 || string(b[:len(recordFormat)]) != recordFormat {
		return nil, errRecord
	}
	body := b[:len(b)-4]
	if crc32.ChecksumIEEE(body) != binary.LittleEndian.Uint32(b[len(body):]) {
		return nil, errRecord
	}
	rd := reader{b: body, pos: len(recordFormat)}
	r := rd.head()
	n := rd.count(12)
	r.directories = make([]directory, n)
	for i := range r.directories {
		r.directories[i] = directory{path: rd.str(), count: int(rd.u32()), items: rd.bytes()}
		rd.bad = rd.bad || r.directories[i].path == ""
	}
	if rd.bad || rd.pos != len(body) {
		return nil, errRecord
	}
	return r, nil
}

// decodeHead returns the record without its directories, from its first bytes. Whether
// the rest is whole is not looked at.
func decodeHead(b []byte) (*record, error) {
	if len(b) < len(recordFormat) || string(b[:len(recordFormat)]) != recordFormat {
		return nil, errRecord
	}
	rd := reader{b: b, pos: len(recordFormat)}
	r := rd.head()
	if rd.bad || r.exe.State == stamp.Unseen && r.refusal == "" {
		return nil, errRecord
	}
	return r, nil
}

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

func (w *writer) item(it item) {
	w.b = append(w.b, byte(it.kind), flag(it.settled)|flag(it.summed)<<1)
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

// A reader reads what a writer wrote; after a read past the end it is bad and
// reads zeros.
type reader struct {
	b   []byte
	pos int
	bad bool
}

var zero [metaSize]byte

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.b)-r.pos {
		r.bad = true
		return slices.Clone(zero[:min(max(n, 0), len(zero))])
	}
	r.pos += n
	return r.b[r.pos-n : r.pos]
}

func (r *reader) byte() byte  { return r.take(1)[0] }
func (r *reader) u32() uint32 { return binary.LittleEndian.Uint32(r.take(4)) }

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

func (r *reader) head() *record {
	return &record{refusal: r.str(), entry: r.str(), name: r.str(), path: r.str(), exe: r.meta()}
}

func (r *reader) item() (it item) {
	kind, flags := r.byte(), r.byte()
	it.kind, it.settled, it.summed = itemKind(kind), flags&1 != 0, flags&2 != 0
	it.meta = r.meta()
	if it.summed {
		copy(it.sum[:], r.take(32))
	}
	return it
}

func (r *reader) meta() stamp.Meta {
	b := r.take(metaSize)
	u := binary.LittleEndian.Uint64
	return stamp.Meta{
		State: stamp.State(b[0]),
		Perm:  fs.FileMode(binary.LittleEndian.Uint32(b[1:])),
		Size:  int64(u(b[5:])), Mtime: int64(u(b[13:])), Ctime: int64(u(b[21:])),
		Dev: u(b[29:]), Inode: u(b[37:]),
	}
}
