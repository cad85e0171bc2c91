package startcache

import (
	"bytes"
	"encoding/binary"
	"go/build"
	"hash/crc32"
	"io/fs"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/gorun-dev/gorun/internal/environ"
	"github.com/gorun-dev/gorun/internal/stamp"
)

var sampleItems = []struct {
	dir, name string
	item      item
}{
	{"/a/", "go.work", item{kind: itemState, meta: stamp.Meta{State: stamp.Absent}}},
	{"/a/", "m", item{
		kind: itemSources, conclusive: true, summed: true, sum: [32]byte{1},
		meta: stamp.Meta{State: stamp.Dir, Mtime: -5, Ctime: 9, Dev: 1 << 63},
	}},
	{"/a/m/", "é.go", item{
		kind: itemFile, summed: true, sum: [32]byte{2},
		meta: stamp.Meta{State: stamp.File, Perm: 0o640, Size: 1 << 40},
	}},
}

func sample() *record {
	r := &record{
		entry: "123", name: "prog", path: "/go/bin:/bin",
		environ: environ.Change{Set: []string{"GOROOT=/go", "A="}, Unset: []string{"B"}},
		exe:     stamp.Meta{State: stamp.File, Perm: 0o755, Size: 7, Mtime: 1, Inode: 3},
	}
	for _, s := range sampleItems {
		if n := len(r.directories); n == 0 || r.directories[n-1].path != s.dir {
			r.directories = append(r.directories, directory{path: s.dir})
		}
		r.directories[len(r.directories)-1].add(s.name, s.item)
	}
	return r
}

func TestRecordRoundTrip(t *testing.T) {
	for _, r := range []*record{sample(), {unrecordable: "cgo", directories: []directory{}}} {
		got, err := decode(r.encode())
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, r) {
			t.Errorf("decoded %+v, want %+v", got, r)
		}
		head, err := decodeHead(r.encode())
		if got.directories = nil; err != nil || !reflect.DeepEqual(head, got) {
			t.Errorf("its head: %+v, %v, want %+v", head, err, got)
		}
	}
}

func TestCursor(t *testing.T) {
	r := sample()
	n := 0
	for _, f := range r.directories {
		c := f.cursor()
		for begin := n; n < begin+f.count; n++ {
			if want := sampleItems[n]; !c.next() || f.path != want.dir || c.name != want.name || c.item != want.item {
				t.Fatalf("item %d: %s%s %+v, want %+v", n, f.path, c.name, c.item, want)
			}
		}
		if c.next() || c.rd.bad {
			t.Errorf("%s: another item, or damage", f.path)
		}
	}
	if n != len(sampleItems) {
		t.Errorf("%d items, want %d", n, len(sampleItems))
	}
}

// An item that was read again stands in the place of the old one, and nothing
// beside it is touched.
func TestCursorRenew(t *testing.T) {
	r := sample()
	c := r.directories[0].cursor()
	for c.next() && c.name != "m" {
	}
	c.item.meta.Mtime, c.item.conclusive = 77, false
	c.renew()
	want := sample()
	want.directories[0] = directory{path: "/a/"}
	want.directories[0].add("go.work", sampleItems[0].item)
	want.directories[0].add("m", c.item)
	if !bytes.Equal(r.encode(), want.encode()) {
		t.Errorf("renewed: %+v, want %+v", r, want)
	}
}

// A damaged record is no record, whatever was damaged.
func TestRecordDamaged(t *testing.T) {
	good := sample().encode()
	for i := range good {
		for _, bit := range []byte{1, 0x80, 0xff} {
			bad := bytes.Clone(good)
			bad[i] ^= bit
			if _, err := decode(bad); err == nil {
				t.Fatalf("byte %d flipped by %#x: no error", i, bit)
			}
		}
		if _, err := decode(good[:i]); err == nil {
			t.Fatalf("cut off after %d bytes: no error", i)
		}
	}
	if _, err := decode(append(bytes.Clone(good), 0)); err == nil {
		t.Error("a byte too many: no error")
	}
}

// A record whose sum is right, although something is wrong in it, is never that of
// a program which is as it was.
func TestItemsDamaged(t *testing.T) {
	var f directory
	f.add("gorun-none", sampleItems[0].item)
	f.path = t.TempDir() + "/"
	r := &record{directories: []directory{f}}
	if diff, _ := r.check(quickly); diff != "" {
		t.Fatalf("a path that is absent, as it was: %q differs", diff)
	}
	for i := range f.items {
		r.directories[0].items = f.items[:i]
		if diff, _ := r.check(quickly); diff != f.path {
			t.Errorf("items cut off after %d bytes: %q differs", i, diff)
		}
	}
	r.directories[0].path = ""
	if _, err := decode(r.encode()); err == nil {
		t.Error("a directory without a path: no error")
	}
}

// What had to be read is not read again, if it is old enough. Only the distribution's
// files are that for sure.
func TestCheckRenews(t *testing.T) {
	c := &inputs{items: make(map[inputKey]item)}
	root := filepath.Join(build.Default.GOROOT, "src", "runtime")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		it, err := observe(path, itemFile, stamp.Of)
		if err != nil {
			return err
		}
		if !it.conclusive {
			t.Skipf("%s is young", path)
		}
		it.conclusive = false
		it.meta.Mtime-- // as if somebody had touched it since
		c.items[inputKey{path, itemFile}] = it
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.items) < parallelFrom {
		t.Fatalf("%d files are for one thread", len(c.items))
	}
	r := &record{directories: c.directories()}
	for _, renewed := range []bool{true, false} {
		if r, err = decode(r.encode()); err != nil {
			t.Fatal(err)
		}
		if diff, got := r.check(quickly); diff != "" || got != renewed {
			t.Errorf("%q differs, renewed %v, want %v", diff, got, renewed)
		}
	}
	n := 0
	for _, f := range r.directories {
		for c := f.cursor(); c.next(); n++ {
			if path := f.path + c.name; c.item.meta != stamp.Stat(path) || !c.item.conclusive {
				t.Errorf("%s: %+v", path, c.item)
			}
		}
	}
	if n != len(c.items) {
		t.Errorf("%d items, want %d", n, len(c.items))
	}
}

func FuzzDecode(f *testing.F) {
	seed := sample().encode()
	f.Add(seed[:len(seed)-4])
	f.Fuzz(func(t *testing.T, b []byte) {
		// With the right sum, or no input would come further.
		b = binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
		r, err := decode(b) // must not panic, nor allocate without bound
		if err != nil {
			return
		}
		if !bytes.Equal(r.encode(), b) {
			t.Errorf("decoded %q, which encodes to %q", b, r.encode())
		}
		for _, f := range r.directories {
			for c := f.cursor(); c.next(); {
			}
		}
	})
}
