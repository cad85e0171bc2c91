package equal

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// ButForLines is Program for a program built with a twin, where line tables may differ, too. A
// table that is longer or shorter moves what comes after it in memory, and with it every
// address of that; so two sections are the same here when all differences are addresses that
// moved just as far as some section did.
//
// Machine code of amd64 holds addresses as plain numbers of four or eight bytes. That of other
// machines does not: where their code differs, the answer is ErrCannotTell.
func ButForLines(a, b string) (bool, error) {
	x, err := elf.Open(a)
	if err != nil {
		return false, fmt.Errorf("%w: %v", ErrCannotTell, err)
	}
	defer x.Close()
	y, err := elf.Open(b)
	if err != nil {
		return false, fmt.Errorf("%w: %v", ErrCannotTell, err)
	}
	defer y.Close()
	diff, err := diffButLines(x, y)
	return diff == "", err
}

// diffButLines returns the name of the first section in which two programs differ in more than
// build IDs, line tables and addresses.
func diffButLines(x, y *elf.File) (string, error) {
	if x.Machine != y.Machine || len(x.Sections) != len(y.Sections) {
		return "sections", nil
	}
	moves := sectionMoves(x, y)
	for i, s := range x.Sections {
		t := y.Sections[i]
		if s.Name != t.Name || s.Type != t.Type || s.Flags != t.Flags {
			return s.Name, nil
		}
		switch s.Name {
		case ".gopclntab", // the line tables
			".go.module", // where they are and how long
			".note.go.buildid", ".note.gnu.build-id", ".shstrtab":
			continue
		}
		if s.Size != t.Size {
			return s.Name, nil
		}
		if s.Type == elf.SHT_NOBITS || s.Type == elf.SHT_NULL {
			continue
		}
		same, err := sameSection(s, t, moves, s.Name == ".text")
		if err != nil {
			return "", err
		}
		if !same {
			if x.Machine != elf.EM_X86_64 && len(moves) > 1 {
				return "", fmt.Errorf("%w: addresses moved", ErrCannotTell)
			}
			return s.Name, nil
		}
	}
	return "", nil
}

// sectionMoves returns by how much a number that is an address, or a distance between two, may differ.
func sectionMoves(x, y *elf.File) map[uint32]bool {
	deltas := map[int64]bool{0: true}
	for i, s := range x.Sections {
		if s.Flags&elf.SHF_ALLOC != 0 {
			deltas[int64(y.Sections[i].Addr)-int64(s.Addr)] = true
		}
	}
	moves := make(map[uint32]bool)
	list := slices.Collect(maps.Keys(deltas))
	for _, a := range list {
		for _, b := range list {
			moves[uint32(a-b)] = true
		}
	}
	return moves
}

// sameSection compares two sections of one size, a block at a time.
func sameSection(s, t *elf.Section, moves map[uint32]bool, code bool) (bool, error) {
	const block, margin = 1 << 20, 8
	size := int64(s.Size)
	a, b := make([]byte, block+2*margin), make([]byte, block+2*margin)
	skip := int64(0) // everything before was compared
	for start := int64(0); start < size; start += block {
		from, to := max(0, start-margin), min(size, start+block+margin)
		x, y := a[:to-from], b[:to-from]
		if _, err := s.ReadAt(x, from); err != nil && !errors.Is(err, io.EOF) {
			return false, err
		}
		if _, err := t.ReadAt(y, from); err != nil && !errors.Is(err, io.EOF) {
			return false, err
		}
		if code && start == 0 {
			maskText(x)
			maskText(y)
		}
		end := min(size, start+block)
		for i := max(start, skip); i < end; i++ {
			k := i - from
			if x[k] == y[k] {
				continue
			}
			n := movedAt(x, y, int(k), moves)
			if n == 0 {
				return false, nil
			}
			i += int64(n) - 1
			skip = i + 1
		}
	}
	return true, nil
}

// movedAt reports whether the first difference of x and y, at k, lies in a number that moved,
// and how many bytes from k on belong to it; 0 if not.
func movedAt(x, y []byte, k int, moves map[uint32]bool) int {
	for o := max(0, k-3); o <= k; o++ {
		if o+4 > len(x) {
			break
		}
		if moves[binary.LittleEndian.Uint32(y[o:])-binary.LittleEndian.Uint32(x[o:])] {
			return o + 4 - k
		}
	}
	return 0
}

// maskText clears the build ID in the head of the code.
func maskText(head []byte) {
	if i, n := findBuildID(head); n > 0 {
		clear(head[i : i+n])
	}
}

// DescribeButLines says in words in which section two programs differ that should differ in line tables only.
func DescribeButLines(a, b string) string {
	x, err := elf.Open(a)
	if err != nil {
		return err.Error()
	}
	defer x.Close()
	y, err := elf.Open(b)
	if err != nil {
		return err.Error()
	}
	defer y.Close()
	d, err := diffButLines(x, y)
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(d)
}
