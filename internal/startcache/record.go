package startcache

// A record says of one executable in the store from what it was built. A start with the
// same command line, whose hash is the record's name, that finds all of this unchanged
// need not build, nor ask the go command anything.
//
// GORUNCACHE/start/<key>.rec holds:
//
//	recordFormat
//	live                      1 if only a gorun that stays may start the executable, else 0
//	unrecordable              why there is nothing to record, or ""
//	uncached                  files that the go command does not know as inputs, as JSON
//	entry, name, PATH         the executable, as it is in the store
//	variables set and unset   of the program's environment: how many, then each
//	metadata of the executable
//	directories: path, number of items, bytes of items, then each item
//	CRC-32 of all before
//
// An item is a path that decided the build, with its state. A check decodes the items
// one after the other, out of the bytes of the file: a slice of the 6500 items of a
// program of 1000 packages would cost a millisecond, most of it for the memory.
//
// Rejected: JSON and gob (15 ms), and one hash over all names and times (with it, a file
// that was touched but not changed could not be read and compared, and nobody could say
// what has changed).

import (
	"encoding/binary"
	"errors"
	"hash/crc32"

	"github.com/gorun-dev/gorun/internal/environ"
	"github.com/gorun-dev/gorun/internal/stamp"
)

// recordFormat begins every record, and every key: older ones are never read.
const recordFormat = "gorun start record 6\n"

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
	kind       itemKind
	conclusive bool // equal metadata is proof of an equal content: see stamp.Stamp
	summed     bool // sum is known
	meta       stamp.Meta
	sum        [32]byte // of the content, of the names, of where the link points
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

// next goes to the next item, which is the first one at the beginning, and reports
// whether there is one. After a damaged item there is none.
func (c *cursor) next() bool {
	if c.rd.bad || c.rd.pos == len(c.rd.b) {
		return false
	}
	c.name = c.rd.str()
	c.begin = c.rd.pos
	c.item = c.rd.item()
	return !c.rd.bad
}

// renew writes the item over the old one. Both take the same room: only an item with a
// sum is renewed, and the new one has a sum, too.
func (c *cursor) renew() {
	w := writer{b: c.rd.b[c.begin:c.begin:c.rd.pos]}
	w.item(c.item)
}

// A record is the decoded form.
type record struct {
	live         bool   // it was built directly: a gorun that stays has it verified
	unrecordable string // why there is nothing to record
	uncached     string // see encodeUncached
	entry        string // name of the entry's directory in the store
	name         string // base name of the executable
	path         string // PATH for the program
	environ      environ.Change
	exe          stamp.Meta
	directories  []directory
}

var errRecord = errors.New("the record is damaged")

func (r *record) encode() []byte {
	w := writer{b: make([]byte, 0, 64<<10)}
	w.b = append(w.b, recordFormat...)
	w.b = append(w.b, flag(r.live))
	w.str(r.unrecordable)
	w.str(r.uncached)
	w.str(r.entry)
	w.str(r.name)
	w.str(r.path)
	w.strs(r.environ.Set)
	w.strs(r.environ.Unset)
	w.meta(r.exe)
	w.u32(uint32(len(r.directories)))
	for _, f := range r.directories {
		w.str(f.path)
		w.u32(uint32(f.count))
		w.str(string(f.items))
	}
	return binary.LittleEndian.AppendUint32(w.b, crc32.ChecksumIEEE(w.b))
}

// decode returns the record, which keeps b. Its items are decoded by its cursors.
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

// decodeHead returns the record without its directories, from its first bytes. It does
// not check that the rest is whole.
func decodeHead(b []byte) (*record, error) {
	if len(b) < len(recordFormat) || string(b[:len(recordFormat)]) != recordFormat {
		return nil, errRecord
	}
	rd := reader{b: b, pos: len(recordFormat)}
	r := rd.head()
	if rd.bad || r.exe.State == stamp.Unseen && r.unrecordable == "" {
		return nil, errRecord
	}
	return r, nil
}
