// Package equal tells whether two executables are the same program: the same
// bytes but for build IDs (Program), or but for line tables as well, and the
// addresses that move with them (ButForLines).
//
// Where it cannot tell, as for formats that nothing was checked against, it says
// so with ErrCannotTell, which callers must treat as "not the same".
package equal

import (
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// Two executables are the same program when they differ in nothing but their build IDs. The IDs
// stand in three places of an ELF file: Go's as text at the beginning of the code (cmd/link,
// go:buildid), Go's as a note, and the GNU note, which the linker makes from Go's (-B
// gobuildid, since Go 1.24). They are read as zeros here.
//
// Mach-O and PE files carry signatures, UUIDs and time stamps of their own. Nothing here was checked
// against them, so for them the answer is ErrCannotTell.

// ErrCannotTell is returned for executables of a format that is not known well enough.
var ErrCannotTell = errors.New("cannot tell whether these executables are the same program")

// Program reports whether the executables a and b differ in their build IDs alone.
func Program(a, b string) (bool, error) {
	if infoA, err := os.Stat(a); err != nil {
		return false, err
	} else if infoB, err := os.Stat(b); err != nil {
		return false, err
	} else if infoA.Size() != infoB.Size() {
		return false, nil // what most edits come to; nothing need be read
	}
	x, err := programSums(a)
	if err != nil {
		return false, err
	}
	y, err := programSums(b)
	if err != nil {
		return false, err
	}
	return len(differences(x, y)) == 0, nil
}

// differences returns the names of the parts in which two programs differ.
func differences(a, b []part) []string {
	var d []string
	for i := range max(len(a), len(b)) {
		switch {
		case i >= len(a):
			d = append(d, b[i].name)
		case i >= len(b) || a[i].name != b[i].name || a[i].sum != b[i].sum:
			d = append(d, a[i].name)
		}
	}
	return d
}

// A part is a stretch of a file: a section, or what lies between two.
type part struct {
	name string
	sum  [sha256.Size]byte
}

// programSums returns the sums of an executable's parts, build IDs masked, in the file's order.
func programSums(path string) ([]part, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	e, err := elf.NewFile(f)
	if err != nil {
		return nil, fmt.Errorf("%w: %q is no ELF file", ErrCannotTell, path)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	type stretch struct {
		name       string
		start, end int64
	}
	var masks []stretch
	var secs []stretch
	for _, s := range e.Sections {
		if s.Type == elf.SHT_NOBITS || s.Type == elf.SHT_NULL || s.FileSize == 0 {
			continue
		}
		x := stretch{s.Name, int64(s.Offset), int64(s.Offset + s.FileSize)}
		secs = append(secs, x)
		switch s.Name {
		case ".note.go.buildid", ".note.gnu.build-id":
			masks = append(masks, x)
		case ".text":
			// Within the first bytes of the code, but for what a C compiler's start-up code puts before it.
			head := make([]byte, min(64<<10, x.end-x.start))
			if _, err := f.ReadAt(head, x.start); err != nil {
				return nil, err
			}
			if i, n := findBuildID(head); n > 0 {
				masks = append(masks, stretch{"", x.start + int64(i), x.start + int64(i+n)})
			}
		}
	}
	slices.SortFunc(secs, func(a, b stretch) int { return int(a.start - b.start) })
	slices.SortFunc(masks, func(a, b stretch) int { return int(a.start - b.start) })
	var parts []part
	pos := int64(0)
	add := func(name string, end int64) error {
		h := sha256.New()
		for pos < end {
			stop := end
			for _, m := range masks {
				if pos >= m.start && pos < m.end {
					n := min(m.end, end) - pos
					io.CopyN(h, zeros{}, n)
					pos += n
					stop = pos
					break
				}
				if m.start > pos {
					stop = min(stop, m.start)
					break
				}
			}
			if stop > pos {
				if _, err := io.Copy(h, io.NewSectionReader(f, pos, stop-pos)); err != nil {
					return err
				}
				pos = stop
			}
		}
		p := part{name: name}
		h.Sum(p.sum[:0])
		parts = append(parts, p)
		return nil
	}
	for _, s := range secs {
		if s.start < pos {
			return nil, fmt.Errorf("%w: sections of %q overlap", ErrCannotTell, path)
		}
		if s.start > pos {
			if err := add("before "+s.name, s.start); err != nil {
				return nil, err
			}
		}
		if err := add(s.name, s.end); err != nil {
			return nil, err
		}
	}
	return parts, add("end", info.Size())
}

// findBuildID returns where Go's build ID stands in the head of the code, and its length
// (cmd/link/internal/ld, textbuildid).
func findBuildID(head []byte) (i, n int) {
	const open, end = "\xff Go build ID: \"", "\"\n \xff"
	i = bytes.Index(head, []byte(open))
	if i < 0 {
		return 0, 0
	}
	i += len(open)
	return i, max(0, bytes.Index(head[i:], []byte(end)))
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// Describe says in words in which parts two programs differ.
func Describe(a, b string) string {
	x, err := programSums(a)
	if err != nil {
		return err.Error()
	}
	y, err := programSums(b)
	if err != nil {
		return err.Error()
	}
	return strings.Join(differences(x, y), ", ")
}
