// Package archive reads what the Go compiler writes for one package.
//
// It answers three questions about an archive: are these the same export data,
// is this the same archive but for its build ID, and which symbols does its
// object define for others; and it changes one thing, the fingerprint. The
// meaning of export data is known to the compiler alone: here they are bytes.
//
// The principal types are Archive and Symbol. That an archive follows from given
// sources is incremental/direct's to know.
package archive

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
)

// An archive is what the compiler writes for one package (cmd/internal/archive): a member __.PKGDEF with the
// export data, all that a compile of an importer reads of it, and a member _go_.o with the object, which only
// the linker reads. Both open with a text header that holds a build ID line; the build ID is a name that the go
// command gives, not a part of the result, and is left out of every comparison here.
//
// Not chosen: reading export data with go/gcexportdata. The question here is "are these the same bytes", which
// no reader of types can answer, and the bytes need no reader.

// A Fingerprint is what the compiler writes of a package's export data into the package's object, and into that of
// each importer; the linker refuses a program in which the two differ.
type Fingerprint [8]byte

// A Sum is the SHA-256 of some content.
type Sum [sha256.Size]byte

// String returns the first bytes of the sum, enough to tell sums apart in a plan.
func (s Sum) String() string { return fmt.Sprintf("%x", s[:6]) }

// An Archive is one package's archive on disk and what tells it from others.
type Archive struct {
	Path        string
	Export      Sum         // the export data, build ID line left out
	Identity    Sum         // the whole archive, build ID lines left out
	Fingerprint Fingerprint // of the object
	Size        int64
}

const (
	archiveMagic      = "!<arch>\n"
	archiveHeaderSize = 60
	exportMember      = "__.PKGDEF"
	objectMember      = "_go_.o"
	objectMagic       = "\x00go120ld" // cmd/internal/goobj.Magic, since Go 1.20
)

var errNotArchive = errors.New("not an archive of the Go compiler")

// Read reads the archive at path. Its memory does not grow with the archive's size.
func Read(path string) (Archive, error) {
	f, err := os.Open(path)
	if err != nil {
		return Archive{}, err
	}
	defer f.Close()
	a, err := read(f)
	if err != nil {
		return Archive{}, fmt.Errorf("archive %q: %w", path, err)
	}
	a.Path = path
	return a, nil
}

func read(r io.Reader) (Archive, error) {
	var a Archive
	br := bufio.NewReaderSize(r, 64<<10)
	var magic [len(archiveMagic)]byte
	if _, err := io.ReadFull(br, magic[:]); err != nil || string(magic[:]) != archiveMagic {
		return a, errNotArchive
	}
	a.Size = int64(len(magic))
	whole := sha256.New()
	var haveExport, haveObject bool
	for {
		name, size, err := readMemberHeader(br)
		if err == io.EOF {
			break
		}
		if err != nil {
			return a, err
		}
		a.Size += archiveHeaderSize + size + size&1
		fmt.Fprintf(whole, "member %s\n", name)
		body := bufio.NewReaderSize(io.LimitReader(br, size), 64<<10)
		var seen int64
		switch {
		case name == exportMember && !haveExport:
			haveExport = true
			export := sha256.New()
			out := io.MultiWriter(whole, export)
			if seen, err = copyHeader(out, body); err != nil {
				return a, err
			}
			n, err := io.Copy(out, body)
			if err != nil {
				return a, err
			}
			seen += n
			export.Sum(a.Export[:0])
		case name == objectMember && !haveObject:
			haveObject = true
			if seen, err = copyHeader(whole, body); err != nil {
				return a, err
			}
			n, err := a.readObject(whole, body)
			if err != nil {
				return a, err
			}
			seen += n
		default:
			if seen, err = io.Copy(whole, body); err != nil {
				return a, err
			}
		}
		if seen != size {
			return a, io.ErrUnexpectedEOF
		}
		if size&1 != 0 {
			if _, err := br.Discard(1); err != nil && err != io.EOF {
				return a, err
			}
		}
	}
	if !haveExport || !haveObject {
		return a, errNotArchive
	}
	whole.Sum(a.Identity[:0])
	return a, nil
}

// readObject copies the rest of a _go_.o member to w and reads the fingerprint in it.
func (a *Archive) readObject(w io.Writer, body *bufio.Reader) (int64, error) {
	// What stands between the text header and the object is small, but for cgo's directives.
	head := make([]byte, 0, 4096)
	for {
		line, err := body.ReadBytes('\n')
		head = append(head, line...)
		if err != nil {
			return 0, errNotArchive
		}
		if bytes.HasSuffix(head, []byte("\n!\n")) {
			break
		}
	}
	var start [len(objectMagic) + len(Fingerprint{})]byte
	if _, err := io.ReadFull(body, start[:]); err != nil || string(start[:len(objectMagic)]) != objectMagic {
		return 0, errNotArchive
	}
	copy(a.Fingerprint[:], start[len(objectMagic):])
	head = append(head, start[:]...)
	if _, err := w.Write(head); err != nil {
		return 0, err
	}
	n, err := io.Copy(w, body)
	return n + int64(len(head)), err
}

func readMemberHeader(r io.Reader) (name string, size int64, err error) {
	var h [archiveHeaderSize]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		if err == io.ErrUnexpectedEOF {
			err = errNotArchive
		}
		return "", 0, err
	}
	if h[58] != '`' || h[59] != '\n' {
		return "", 0, errNotArchive
	}
	size, err = strconv.ParseInt(strings.TrimSpace(string(h[48:58])), 10, 64)
	if err != nil || size < 0 {
		return "", 0, errNotArchive
	}
	return strings.TrimRight(string(h[:16]), " /"), size, nil
}

// copyHeader copies the text header that opens a member, up to and with the empty line that ends it, less its
// build ID line, and returns the number of bytes read.
func copyHeader(w io.Writer, r *bufio.Reader) (int64, error) {
	var n int64
	for range 8 { // "go object …", "build id …", "main", "": never more than that
		line, err := r.ReadSlice('\n')
		n += int64(len(line))
		if err != nil {
			return n, errNotArchive
		}
		if n == int64(len(line)) && !bytes.HasPrefix(line, []byte("go object ")) {
			return n, errNotArchive
		}
		if !bytes.HasPrefix(line, []byte("build id ")) {
			if _, err := w.Write(line); err != nil {
				return n, err
			}
		}
		if len(line) == 1 {
			return n, nil
		}
	}
	return n, errNotArchive
}

// findObject returns the object of an archive, from objectMagic on.
func findObject(r io.ReaderAt) (*io.SectionReader, error) {
	var magic [len(archiveMagic)]byte
	if _, err := r.ReadAt(magic[:], 0); err != nil || string(magic[:]) != archiveMagic {
		return nil, errNotArchive
	}
	off := int64(len(magic))
	for {
		name, size, err := readMemberHeader(io.NewSectionReader(r, off, archiveHeaderSize))
		if err != nil || size > math.MaxInt64-off-2*archiveHeaderSize {
			return nil, errNotArchive
		}
		off += archiveHeaderSize
		if name != objectMember {
			off += size + size&1
			continue
		}
		member := io.NewSectionReader(r, off, size)
		n, err := textHeader(bufio.NewReader(member))
		if err != nil {
			return nil, err
		}
		o := io.NewSectionReader(r, off+n, size-n)
		var start [len(objectMagic)]byte
		if _, err := o.ReadAt(start[:], 0); err != nil || string(start[:]) != objectMagic {
			return nil, errNotArchive
		}
		return o, nil
	}
}

// textHeader returns the length of what stands before an object in its member. It is small, but for cgo's directives.
func textHeader(r *bufio.Reader) (n int64, err error) {
	for last := byte('\n'); ; {
		line, err := r.ReadSlice('\n')
		n += int64(len(line))
		if err != nil && err != bufio.ErrBufferFull {
			return 0, errNotArchive
		}
		if last == '\n' && string(line) == "!\n" {
			return n, nil
		}
		last = line[len(line)-1]
	}
}

// WriteWithFingerprint writes the archive at from to path with the fingerprint of its object replaced, so that it
// links with importers that were compiled against export data of that fingerprint.
func WriteWithFingerprint(path, from string, fp Fingerprint) (err error) {
	r, err := os.Open(from)
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if _, err := io.Copy(w, r); err != nil {
		return err
	}
	o, err := findObject(w)
	if err == nil && o.Size() < int64(len(objectMagic)+len(fp)) {
		err = errNotArchive
	}
	if err != nil {
		return fmt.Errorf("archive %q: %w", from, err)
	}
	_, off, _ := o.Outer()
	_, err = w.WriteAt(fp[:], off+int64(len(objectMagic)))
	return err
}

// A Symbol is one symbol that an object defines, as its importers may see it.
type Symbol struct {
	Name  string
	ABI   uint16
	Type  uint8
	Flag  uint8
	Flag2 uint8
}

// Symbols returns the symbols that the object of the archive at path defines under an index, in
// the order of the indices: those that objects of other packages may refer to by their index
// (cmd/internal/goobj, SymbolDefs). Of the object it reads the part before the code and data,
// which is a small one.
func Symbols(path string) ([]Symbol, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	o, err := findObject(f)
	if err != nil {
		return nil, fmt.Errorf("archive %q: %w", path, err)
	}
	syms, err := symbols(o)
	if err != nil {
		return nil, fmt.Errorf("archive %q: %w", path, err)
	}
	return syms, nil
}

// Layout of an object (cmd/internal/goobj, Header, Blk… and Sym): magic, fingerprint, flags, then the offset of each
// block; the fourth block holds the definitions in question and ends where the fifth begins. The strings stand between
// that header and the first block.
const (
	objectOffsets   = len(objectMagic) + len(Fingerprint{}) + 4
	blockSymbolDefs = 3
	symbolSize      = 8 + 2 + 1 + 1 + 1 + 4 + 4
)

// symbols reads the symbols of an object.
func symbols(o *io.SectionReader) ([]Symbol, error) {
	var head [objectOffsets + 4*(blockSymbolDefs+2)]byte
	if _, err := io.ReadFull(o, head[:]); err != nil {
		return nil, errNotArchive
	}
	at := func(i int) int64 { return int64(binary.LittleEndian.Uint32(head[objectOffsets+4*i:])) }
	start, end := at(blockSymbolDefs), at(blockSymbolDefs+1)
	if start < int64(len(head)) || end < start || end > o.Size() || (end-start)%symbolSize != 0 {
		return nil, errNotArchive
	}
	data := make([]byte, end)
	if _, err := o.ReadAt(data, 0); err != nil && err != io.EOF {
		return nil, err
	}
	syms := make([]Symbol, 0, (end-start)/symbolSize)
	for p := start; p < end; p += symbolSize {
		b := data[p : p+symbolSize]
		n, s := uint64(binary.LittleEndian.Uint32(b)), uint64(binary.LittleEndian.Uint32(b[4:]))
		if s+n > uint64(start) {
			return nil, errNotArchive
		}
		syms = append(syms, Symbol{
			Name:  string(data[s : s+n]),
			ABI:   binary.LittleEndian.Uint16(b[8:]),
			Type:  b[10],
			Flag:  b[11],
			Flag2: b[12],
		})
	}
	return syms, nil
}
