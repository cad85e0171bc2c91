package ahead

import (
	"bufio"
	"embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// What is done to the user's sources of cmd/link, all of it written for this purpose: files that
// are added, and lines that are inserted at places of their files.
//
// Rejected: a patch, which would hold a copy of what stands around each line; copies of whole files
// or a linker of our own, which would have to follow each Go version; and opening the stock linker's
// process, which has no place to wait at.

//go:embed inserted
var inserted embed.FS

// addedFiles are added to cmd/link, by their path in GOROOT/src.
var addedFiles = map[string]string{
	"cmd/link/internal/loader/gorunahead.go":  "inserted/loader.go.txt",
	"cmd/link/internal/loader/gorunahead2.go": "inserted/loadercontent.go.txt",
	"cmd/link/internal/ld/gorunahead.go":      "inserted/ld.go.txt",
}

// An edit inserts text at one place of a file.
type edit struct {
	file string // path in GOROOT/src
	in   string // "func NAME", "func (TYPE).NAME" or "type NAME"
	at   string // "top" of a function, "end" of a type, "before" or "after" a statement
	stmt string // how that statement begins
	nth  int    // which of the statements that begin so, from 1; 0: there must be one only
	text string
}

func (e edit) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s: %s: %s %s", e.file, e.in, e.at, e.stmt))
}

// edits reads inserted/edits.txt.
func edits() ([]edit, error) {
	text, err := inserted.ReadFile("inserted/edits.txt")
	if err != nil {
		return nil, err
	}
	return parseEdits(string(text))
}

func parseEdits(text string) ([]edit, error) {
	var list []edit
	var file, in string
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		line := lines.Text()
		verb, rest, _ := strings.Cut(line, " ")
		switch {
		case line == "" || verb == "#":
		case strings.HasPrefix(line, "\t"):
			if len(list) == 0 {
				return nil, fmt.Errorf("text without a place: %q", line)
			}
			list[len(list)-1].text += line + "\n"
		case verb == "file":
			file = rest
		case verb == "func" || verb == "type":
			in = line
		case verb == "top" || verb == "end":
			list = append(list, edit{file: file, in: in, at: verb})
		case verb == "before" || verb == "after":
			e := edit{file: file, in: in, at: verb, stmt: rest}
			if n, stmt, ok := strings.Cut(rest, " "); ok {
				if nth, err := strconv.Atoi(n); err == nil {
					e.nth, e.stmt = nth, stmt
				}
			}
			list = append(list, e)
		default:
			return nil, fmt.Errorf("no place: %q", line)
		}
	}
	return list, lines.Err()
}

// apply returns a file's text with all edits that are for it. An edit whose place is not there, or
// is there more than once, is an error.
func apply(file string, src []byte, all []edit) ([]byte, error) {
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, file, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	type insertion struct {
		offset int
		text   string
	}
	var list []insertion
	for _, e := range all {
		if e.file != file {
			continue
		}
		pos, err := e.place(fset, parsed, src)
		if err != nil {
			return nil, fmt.Errorf("%v: %w", e, err)
		}
		list = append(list, insertion{fset.Position(pos).Offset, "\n" + e.text})
	}
	slices.SortStableFunc(list, func(a, b insertion) int { return a.offset - b.offset })
	var out []byte
	last := 0
	for _, i := range list {
		out = append(append(out, src[last:i.offset]...), i.text...)
		last = i.offset
	}
	return append(out, src[last:]...), nil
}

// place returns where the text of an edit goes.
func (e edit) place(fset *token.FileSet, file *ast.File, src []byte) (token.Pos, error) {
	kind, name, _ := strings.Cut(e.in, " ")
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if kind == "func" && funcName(d) == name && d.Body != nil {
				return e.placeIn(fset, d.Body, src)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				t, ok := s.(*ast.TypeSpec)
				if !ok || kind != "type" || t.Name.Name != name {
					continue
				}
				if s, ok := t.Type.(*ast.StructType); ok && e.at == "end" {
					return s.Fields.Closing, nil
				}
			}
		}
	}
	return 0, fmt.Errorf("there is no %s", e.in)
}

// placeIn is place in the body of a function.
func (e edit) placeIn(fset *token.FileSet, body *ast.BlockStmt, src []byte) (token.Pos, error) {
	if e.at == "top" {
		return body.Lbrace + 1, nil
	}
	var found []ast.Stmt
	ast.Inspect(body, func(n ast.Node) bool {
		// Only where statements stand one after the other can one be inserted.
		var list []ast.Stmt
		switch n := n.(type) {
		case *ast.BlockStmt:
			list = n.List
		case *ast.CaseClause:
			list = n.Body
		case *ast.CommClause:
			list = n.Body
		}
		for _, s := range list {
			if strings.HasPrefix(string(src[fset.Position(s.Pos()).Offset:]), e.stmt) {
				found = append(found, s)
			}
		}
		return true
	})
	slices.SortFunc(found, func(a, b ast.Stmt) int { return int(a.Pos() - b.Pos()) })
	n := max(e.nth, 1)
	if len(found) < n || e.nth == 0 && len(found) > 1 {
		return 0, fmt.Errorf("there are %d such statements", len(found))
	}
	if e.at == "after" {
		return found[n-1].End(), nil
	}
	return found[n-1].Pos(), nil
}

// funcName returns the name of a function as a place gives it.
func funcName(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) != 1 {
		return d.Name.Name
	}
	switch t := d.Recv.List[0].Type.(type) {
	case *ast.StarExpr:
		if id, ok := t.X.(*ast.Ident); ok {
			return "(*" + id.Name + ")." + d.Name.Name
		}
	case *ast.Ident:
		return "(" + t.Name + ")." + d.Name.Name
	}
	return ""
}
