package direct

import (
	"encoding/hex"
	"os"
	"path/filepath"

	"github.com/gorun-dev/gorun/incremental/archive"
)

// texts keeps what Go files held, by the sum of it, in a directory: what a twin is laid out as,
// and what a header is compared with, was on the disk once but need not be there now.
//
// Not chosen: memory, which would grow with the program for what is wanted of a file or two an
// edit; and archives of git, which not every module is under. A text that is gone, with the
// user's cache directory, costs a twin or the direct build.
type texts struct {
	dir   string
	have  map[archive.Sum]bool // this Session's; the one before may share the directory
	alone bool                 // it does not any more
}

// newTexts returns the texts kept in dir, none so far.
func newTexts(dir string) (*texts, error) {
	if err := os.Mkdir(dir, 0o700); err != nil && !os.IsExist(err) {
		return nil, err
	}
	return &texts{dir: dir, have: make(map[archive.Sum]bool)}, nil
}

func (t *texts) path(sum archive.Sum) string {
	return filepath.Join(t.dir, hex.EncodeToString(sum[:]))
}

// add keeps a text.
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

// get returns the text of that sum.
func (t *texts) get(sum archive.Sum) ([]byte, bool) {
	if !t.have[sum] {
		return nil, false
	}
	text, err := os.ReadFile(t.path(sum))
	return text, err == nil
}

// keep removes all texts but those for which wanted answers true. The first time those go, too,
// that the Session before has left in the directory: only one that has built is its successor.
func (t *texts) keep(wanted func(archive.Sum) bool) {
	for sum := range t.have {
		if !wanted(sum) {
			delete(t.have, sum)
			os.Remove(t.path(sum))
		}
	}
	if t.alone {
		return
	}
	t.alone = true
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
