package generate

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"sync"
)

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
