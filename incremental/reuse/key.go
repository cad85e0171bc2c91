package reuse

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/gorun-dev/gorun/incremental/archive"
	"github.com/gorun-dev/gorun/incremental/recipe"
	"github.com/gorun-dev/gorun/internal/environ"
)

// An Input is all that the archive of a compile follows from.
type Input struct {
	Dir     string       // where the compiler runs
	Env     []string     // its environment, of which what it reads counts
	Step    *recipe.Step // ImportPath, Env, BuildID and Jobs do not count
	Sources func(file string) (archive.Sum, error)
	// Archives returns what identifies the archive of an import, all of it but its build ID.
	Archives func(importPath string) (string, error)
}

// variables are those that the compiler reads, or the go command counts among a compile's inputs
// (cmd/go/internal/work, buildActionID; internal/buildcfg).
var variables = []string{
	"GOOS", "GOARCH", "GO386", "GOAMD64", "GOARM", "GOARM64", "GOMIPS", "GOMIPS64", "GOPPC64", "GORISCV64",
	"GOWASM", "GOEXPERIMENT", "GOFIPS140", "GODEBUG", "GOCLOBBERDEADHASH", "GOSSAFUNC", "GOSSADIR", "GOCOMPILEDEBUG",
}

// Key returns the name of a compile with these inputs.
func (in Input) Key() (string, error) {
	s := in.Step
	h := sha256.New()
	list := func(words ...string) { fmt.Fprintf(h, "%q\n", words) } // quoted, no two lists look alike
	for _, v := range variables {
		list("env", v, environ.Get(in.Env, v))
	}
	list("dir", in.Dir, s.Tool)
	list(s.Args...)
	list(s.ImportMap...)
	list("embed", strings.TrimSpace(string(s.Embed)))
	embedded, err := recipe.EmbedFiles(s.Embed)
	if err != nil {
		return "", err
	}
	for _, files := range [][]string{s.Files, embedded} {
		list("files")
		for _, f := range files {
			sum, err := in.Sources(f)
			if err != nil {
				return "", err
			}
			list(f, hex.EncodeToString(sum[:]))
		}
	}
	for _, i := range s.Imports {
		id, err := in.Archives(i)
		if err != nil {
			return "", err
		}
		list(i, id)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
