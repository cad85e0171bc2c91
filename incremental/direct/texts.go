package direct

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"

	"github.com/gorun-dev/gorun/incremental/archive"
)

// texts stores the contents of Go files in a directory, by their sums. A twin is laid out as an
// earlier content of a file, and a header is compared with an earlier one: the file itself may
// hold another content by then.
//
// Not chosen: memory, which would grow with the size of the program, while an edit needs the texts
// of a file or two; and git, which not every module uses. Where a text is gone, because the user's
// cache directory was removed, there is no twin, or no direct build.
type texts struct {
	dir     string
	have    map[archive.Sum]bool // those of this Session; the Session before may share the directory
	trimmed bool                 // the texts of the Session before are removed
}

// newTexts returns a store of texts in dir, with none of its own so far.
func newTexts(dir string) (*texts, error) {
	if err := os.Mkdir(dir, 0o700); err != nil && !os.IsExist(err) {
		return nil, err
	}
	return &texts{dir: dir, have: make(map[archive.Sum]bool)}, nil
}

func (t *texts) path(sum archive.Sum) string {
	return filepath.Join(t.dir, hex.EncodeToString(sum[:]))
}

// add stores a text.
func (t *texts) add(sum archive.Sum, text []byte) error {
	if t.have[sum] {
		return nil
	}
	if info, err := os.Stat(t.path(sum)); err != nil || info.Size() != int64(len(text)) {
		if err := os.WriteFile(t.path(sum), text, 0o600); err != nil {
			return err
		}
	}
	t.have[sum] = true
	return nil
}

// get returns the text with that sum.
func (t *texts) get(sum archive.Sum) ([]byte, bool) {
	if !t.have[sum] {
		return nil, false
	}
	text, err := os.ReadFile(t.path(sum))
	return text, err == nil && sha256.Sum256(text) == sum
}

// retain removes all texts but those for which wanted returns true. The first call also removes
// the texts of the Session before: it is replaced once this one has built.
func (t *texts) retain(wanted func(archive.Sum) bool) {
	for sum := range t.have {
		if !wanted(sum) {
			delete(t.have, sum)
			os.Remove(t.path(sum))
		}
	}
	if t.trimmed {
		return
	}
	t.trimmed = true
	list, err := os.ReadDir(t.dir)
	if err != nil {
		return
	}
	for _, e := range list {
		if b, err := hex.DecodeString(e.Name()); err != nil || len(b) != len(archive.Sum{}) || !t.have[archive.Sum(b)] {
			os.Remove(filepath.Join(t.dir, e.Name()))
		}
	}
}
