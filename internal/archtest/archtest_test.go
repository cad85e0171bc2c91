package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// root is the module's directory, seen from this one.
const root = "../.."

// outside are not part of gorun's house: main packages of their own, and what tests it.
var outside = []string{"internal/demo", "internal/bench", "incremental/oracle"}

func TestImports(t *testing.T) {
	seen := make(map[string]bool)
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); file != root && (strings.HasPrefix(name, ".") || name == "testdata") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			return err
		}
		room := filepath.ToSlash(rel)
		if room == "." {
			room = ""
		}
		if slices.ContainsFunc(outside, func(p string) bool { return room == p || strings.HasPrefix(room, p+"/") }) {
			return nil
		}
		seen[room] = true
		if room == "internal" {
			t.Errorf("%s: no .go file stands directly in internal/", file)
		}
		checkFile(t, room, file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for room := range may {
		if !seen[room] {
			t.Errorf("the table has a room %q that the module has not", room)
		}
	}
	if len(seen) < 10 {
		t.Errorf("only %d rooms found: the walk looks at the wrong place", len(seen))
	}
}

func checkFile(t *testing.T, room, file string) {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	f, err := parser.ParseFile(token.NewFileSet(), file, src, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range f.Imports {
		imp, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if rooms, ok := only[imp]; ok && !slices.Contains(rooms, room) {
			t.Errorf("%s imports %s, which only %v may", file, imp, rooms)
		}
		if imp == module {
			t.Errorf("%s imports the command itself", file)
		}
		if target, ok := strings.CutPrefix(imp, module+"/"); ok {
			if allowed := may[room]; !slices.Contains(allowed, target) && !slices.Contains(allowed, "*") {
				t.Errorf("%s: room %q may not import %q, only %v", file, room, target, allowed)
			}
		}
	}
	if room == "" {
		return
	}
	ast.Inspect(f, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if pkg, ok := sel.X.(*ast.Ident); ok && slices.Contains(ownMain, pkg.Name+"."+sel.Sel.Name) {
			t.Errorf("%s uses %s.%s, which only main may", file, pkg.Name, sel.Sel.Name)
		}
		return true
	})
}
