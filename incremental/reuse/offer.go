package reuse

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/gorun-dev/gorun/incremental/archive"
	"github.com/gorun-dev/gorun/incremental/recipe"
)

// An Offer is what there is to be reused. It is handed to the tool's wrapper in a file.
type Offer struct {
	// Packages are the import paths whose archives are identified by content; those of all others
	// are identified by their path in GOCACHE.
	Packages []string
	Archives map[string]Item // by Key
}

// An Item is an archive that the compiler wrote.
type Item struct {
	Path     string
	BuildID  string // that it was compiled with
	Identity string // of its content, build ID left out
}

// offerFile is the offer in its directory. Each archive that is reused leaves an empty file there.
const offerFile = "offer.json"

// Write writes the offer to a directory of its own.
func (o Offer) Write(dir string) error {
	b, err := json.Marshal(o)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, offerFile), b, 0o600)
}

// Answered returns how many archives of the offer in a directory were reused.
func Answered(dir string) int {
	if dir == "" {
		return 0
	}
	list, _ := os.ReadDir(dir)
	return max(0, len(list)-1)
}

// Identity is what identifies an archive by its content.
func Identity(a archive.Archive) string { return "content " + hex.EncodeToString(a.Identity[:]) }

// InCache is what identifies an archive of GOCACHE, where a file's name is the hash of its content
// (cmd/go/internal/cache).
func InCache(path string) string { return "file " + path }

var errMiss = errors.New("nothing to be reused")

// Answer does what the command line of a compile says with an archive of the offer in a
// directory. wd and env are the working directory and the environment. After an error the tool
// itself is to be run.
func Answer(offer string, argv []string, wd string, env []string) error {
	call, ok := recipe.ParseCall(argv, os.ReadFile)
	if !ok {
		return errMiss
	}
	b, err := os.ReadFile(filepath.Join(offer, offerFile))
	if err != nil {
		return err
	}
	var o Offer
	if err := json.Unmarshal(b, &o); err != nil {
		return fmt.Errorf("offer %q: %w", offer, err)
	}
	key, err := Input{
		Dir: wd, Env: env, Step: &call.Step,
		Sources: func(file string) (sum archive.Sum, err error) {
			text, err := os.ReadFile(file)
			return sha256.Sum256(text), err
		},
		Archives: func(path string) (string, error) {
			if !slices.Contains(o.Packages, path) {
				return InCache(call.Archives[path]), nil
			}
			a, err := archive.Read(call.Archives[path])
			return Identity(a), err
		},
	}.Key()
	if err != nil {
		return err
	}
	item, ok := o.Archives[key]
	if !ok {
		return errMiss
	}
	if err := item.write(call.Out, call.BuildID); err != nil {
		return err
	}
	_ = os.WriteFile(filepath.Join(offer, key), nil, 0o600) // only for those who count
	return nil
}

// write writes the archive with another build ID, and checks what it has written.
func (it Item) write(path, buildID string) error {
	data, err := os.ReadFile(it.Path)
	if err != nil {
		return err
	}
	// Once in the header of the export data and once in that of the object.
	if len(buildID) != len(it.BuildID) || bytes.Count(data, []byte(it.BuildID)) != 2 {
		return fmt.Errorf("archive %q: its build ID cannot be replaced", it.Path)
	}
	if err := os.WriteFile(path, bytes.ReplaceAll(data, []byte(it.BuildID), []byte(buildID)), 0o666); err != nil {
		return err
	}
	if a, err := archive.Read(path); err != nil || Identity(a) != it.Identity {
		os.Remove(path)
		return fmt.Errorf("archive %q is not what was compiled: %w", it.Path, err)
	}
	return nil
}
