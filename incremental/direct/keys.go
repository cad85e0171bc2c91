package direct

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"github.com/gorun-dev/gorun/incremental/archive"
	"github.com/gorun-dev/gorun/incremental/recipe"
)

// A Key identifies a compile or a link by everything that its result depends on.
type Key archive.Sum

// String returns enough of the key to tell keys apart in a plan.
func (k Key) String() string { return archive.Sum(k).String() }

// Hex returns the whole key, for file names.
func (k Key) Hex() string { return hex.EncodeToString(k[:]) }

// compileKey returns the key of a compile of s from the given sources, against the given export
// data (by import path).
func compileKey(s *recipe.Step, sources Sources, exports map[string]string) Key {
	h := newKey("compile")
	h.list("env", s.Env)
	h.list("tool", []string{s.Tool})
	h.list("args", s.Args)
	h.list("importmap", s.ImportMap)
	h.list("embed", []string{string(s.Embed)})
	for _, f := range s.Files {
		sum := sources[f]
		h.list("file", []string{f, string(sum[:])})
	}
	embedded, _ := recipe.EmbedFiles(s.Embed) // stepSources has returned its error
	for _, f := range embedded {
		sum := sources[f]
		h.list("embedded", []string{f, string(sum[:])})
	}
	for _, i := range s.Imports {
		h.list("import", []string{i, exports[i]})
	}
	return h.key()
}

// A keyHash collects what a key is the hash of. A planner hashes some kilobytes for each package
// of a program, and a hash.Hash would copy each word.
type keyHash struct{ text []byte }

func newKey(kind string) *keyHash {
	k := &keyHash{make([]byte, 0, 4<<10)}
	k.list(kind, nil)
	return k
}

// list writes words so that no two different lists of calls hash alike: each word with its length.
func (k *keyHash) list(name string, words []string) {
	k.word(name)
	k.text = strconv.AppendInt(k.text, int64(len(words)), 10)
	k.text = append(k.text, '\n')
	for _, w := range words {
		k.word(w)
	}
}

func (k *keyHash) word(w string) {
	k.text = strconv.AppendInt(k.text, int64(len(w)), 10)
	k.text = append(k.text, ':')
	k.text = append(k.text, w...)
}

func (k *keyHash) key() Key { return sha256.Sum256(k.text) }
