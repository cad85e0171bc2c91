// Package stamp says what identifies a file's content now, and when that
// cannot be known from its metadata.
//
// A Meta is what the operating system says of a file without reading it. A
// Stamp is a Meta with the hash of the content that was read under it, and
// Check says later whether the file still holds that content. Metadata alone
// is believed only where it is proof: equal to what was recorded, and already
// old when it was recorded. In doubt the content is read. The invariant: Check
// never says Same or Touched of a file with another content than the stamp's.
//
// Symbolic links are followed: a link that points elsewhere has another
// content. The listing of a directory is not content; the caller compares it.
//
// The files: stamp.go has the stamp of a content and how two are compared; meta.go the
// metadata, read in meta_*.go by the fields that each system has; metaonly.go the stamp of
// what is not read; mapped_*.go whether times tell of what is written through memory mappings;
// notdir*.go the error of a file in the place of a directory.
package stamp

import (
	"crypto/sha256"
	"io"
	"os"
	"time"
)

// safetyGap is how old a file's newest time must be when it is recorded for equal
// metadata to be proof of equal content later. Within the granularity of the
// file system's clock two writes leave the same times: 4 to 16 ms where the
// kernel's tick is used, 2 s on FAT, and a server's clock differs from ours.
// esbuild uses 3 s, too.
const safetyGap = 3 * time.Second

// A Stamp identifies the content of a file. The zero Stamp is that of a file
// that was never read: Check says Changed of whatever is there.
type Stamp struct {
	Meta

	// Sum is the SHA-256 of the content, zero where there is none: an absent
	// path, a directory, a device.
	Sum [sha256.Size]byte

	// At is when the file was first found like this, by this process's clock:
	// before the first byte was read.
	At time.Time

	// Conclusive says that equal metadata is proof of equal content: the file was
	// older than the gap when it was read, and no store through a mapping can
	// change it without moving its times.
	Conclusive bool
}

// A Verdict says what became of a file since its stamp.
type Verdict int

const (
	Same    Verdict = iota // neither content nor metadata differ
	Touched                // metadata differs, the content is the same
	Changed                // the content differs, or may
)

func (v Verdict) String() string {
	return [...]string{"same", "touched", "changed"}[v]
}

// Of reads the file and returns its stamp. A path that is not there, a directory
// and a device have a stamp without content. The error is that of a file that
// cannot be read; the stamp then holds its metadata and is not conclusive.
func Of(path string) (Stamp, error) {
	_, s, err := readFile(path, false, false)
	return s, err
}

// Flushed is Of for a caller that has time: the file is written to the disk first. After
// that any change of its content moves its times, also one that is made through a mapping,
// so a file that is older than the gap is conclusive. Of has to wait until the system has
// written the file by itself.
func Flushed(path string) (Stamp, error) {
	_, s, err := readFile(path, false, true)
	return s, err
}

// Read is Of for a caller that wants the content, too. It is nil where there
// is none.
func Read(path string) ([]byte, Stamp, error) {
	return readFile(path, true, false)
}

// Check compares the file with its stamp and returns the stamp of now, which
// is s itself where nothing had to be read. The error is that of a file that
// cannot be read, with the verdict Changed.
func (s Stamp) Check(path string) (Verdict, Stamp, error) {
	if s.Proves(Stat(path)) {
		return Same, s, nil
	}
	now, err := Of(path)
	if err != nil {
		return Changed, now, err
	}
	return s.Compare(now), now, nil
}

// Proves reports whether m, seen now, is proof that the file still has the
// content of s.
func (s Stamp) Proves(m Meta) bool {
	return s.Conclusive && s.Meta == m
}

// After returns s, a later stamp of the same path as prev, with prev's time
// where the file was found like this already then.
func (s Stamp) After(prev Stamp) Stamp {
	if !prev.At.IsZero() && s.Meta == prev.Meta && s.Sum == prev.Sum {
		s.At = prev.At
	}
	return s
}

// ChangedSince reports whether the file may have been written at or after t. m is
// its metadata now. What was found like this before t has not; where the
// times are too close to t to tell, the content decides.
func (s Stamp) ChangedSince(t time.Time, path string, m Meta) bool {
	switch {
	case m != s.Meta:
		return true
	case !m.Since(t):
		return false
	case !s.At.Before(t):
		return true
	}
	v, _, err := s.Check(path)
	return err != nil || v != Same
}

// Compare says what became of the file between s and now, an earlier and a
// later stamp of the same path.
func (s Stamp) Compare(now Stamp) Verdict {
	switch {
	case s.State == Unseen || s.State == Unknown || now.State == Unknown:
		return Changed
	case s.State != now.State || s.Sum != now.Sum:
		return Changed
	case s.Meta != now.Meta:
		return Touched
	}
	return Same
}

// readFile returns the stamp and, if asked, the content. The metadata is that of
// the opened file before its first byte was read: a write during or after the
// reading leaves other metadata than the recorded, or falls into the gap.
func readFile(path string, keep, flush bool) ([]byte, Stamp, error) {
	now := time.Now()
	meta := Stat(path)
	if meta.State != File {
		// Nothing to read; a pipe would block whoever opens it.
		return nil, Stamp{Meta: meta, At: now, Conclusive: meta.State != Unknown}, nil
	}
	f, err := os.Open(path)
	if err != nil {
		if notThere(err) {
			return nil, Stamp{Meta: Meta{State: Absent}, At: now, Conclusive: true}, nil
		}
		return nil, Stamp{Meta: meta}, err
	}
	defer f.Close()
	flush = flush && meta.olderThanGap(now) && f.Sync() == nil // a young file is not conclusive either way
	fi, err := f.Stat()
	if err != nil {
		return nil, Stamp{Meta: meta}, err
	}
	s := Stamp{Meta: metaOf(fi), At: now}
	if s.State != File {
		return nil, s, nil // replaced since the Stat; not conclusive: read again next time
	}
	var content []byte
	hash := sha256.New()
	if keep {
		// One more byte than the size, so that the end is seen without growing.
		content, err = readAll(f, s.Size+1)
		hash.Write(content)
	} else {
		_, err = io.Copy(hash, f)
	}
	if err != nil {
		return nil, Stamp{Meta: s.Meta}, err
	}
	hash.Sum(s.Sum[:0])
	s.Conclusive = s.olderThanGap(now) && s.timesTell(f, now, flush)
	return content, s, nil
}

func readAll(f *os.File, hint int64) ([]byte, error) {
	buf := make([]byte, 0, max(hint, 512))
	for {
		n, err := f.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if err == io.EOF {
			return buf, nil
		}
		if err != nil {
			return nil, err
		}
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
	}
}

// notThere reports whether err says that the path does not exist, which a file
// in the place of a parent directory says, too.
func notThere(err error) bool {
	return os.IsNotExist(err) || isNotDir(err)
}
