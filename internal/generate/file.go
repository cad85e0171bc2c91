package generate

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"sync"
	"time"

	"github.com/gorun-dev/gorun/internal/stamp"
)

// A fact is what is known of one file.
type fact struct {
	stamp.Stamp
	generated bool // it says of itself that a generator has written it
}

// same reports whether the file had the same content at both times. A directory is no
// content: what is in it is not looked at.
func (f fact) same(now fact) bool {
	v := f.Compare(now.Stamp)
	return v == stamp.Same || v == stamp.Touched
}

// after reports whether the file was written after t, as far as its times tell.
func (f fact) after(t time.Time) bool {
	return f.State == stamp.File && f.Newest().After(t)
}

// An observer reads files where their metadata does not prove what was known.
type observer struct {
	known map[string]fact
	lister
}

func (o *observer) fact(path string) fact {
	before, ok := o.known[path]
	if ok && before.Proves(stamp.Stat(path)) {
		return before
	}
	src, st, err := stamp.Read(path)
	now := fact{Stamp: st.After(before.Stamp)}
	if err == nil && st.State == stamp.File {
		now.generated = isGenerated(path, src)
	}
	if o.known == nil {
		o.known = map[string]fact{}
	}
	o.known[path] = now
	return now
}

// marker is the line by which generators mark what they write, in Go
// (go help generate) and, with another comment sign, elsewhere. Most starts have no
// use for it.
var marker = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^\W*[Cc]ode generated .*DO NOT EDIT\b`)
})

// markerLimit is how far into a file that is not Go the line is looked for: it stands
// at the top, and a generator's own source, which has it in a string, is mostly Go.
const markerLimit = 512

func isGenerated(path string, src []byte) bool {
	if filepath.Ext(path) != ".go" {
		return marker().Match(src[:min(len(src), markerLimit)])
	}
	if !bytes.Contains(src, []byte("DO NOT EDIT")) {
		return false
	}
	f, err := parser.ParseFile(token.NewFileSet(), "", src, parser.PackageClauseOnly|parser.ParseComments)
	return err == nil && ast.IsGenerated(f)
}
