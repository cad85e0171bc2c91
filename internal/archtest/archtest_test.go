package archtest

import (
	"cmp"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/gorun-dev/gorun"

var update = flag.Bool("update", false, "write the imports into the table of ARCHITECTURE.md")

// document is where the tables stand.
var document = filepath.Join(root, "ARCHITECTURE.md")

// root is the module's directory, seen from this one.
const root = "../.."

// everything is what stands in the table for a room that may import every other one.
const everything = "every room"

// unknown stands in the table for what a new room is for, until somebody says it.
const unknown = "?"

// A house is what ARCHITECTURE.md says about imports.
type house struct {
	imports map[string][]string // rooms by room; {everything} for the one that wires
	only    map[string][]string // rooms by package that few may import
	outside []string            // directories that are not rooms: programs of their own, what tests share
}

// ownMain names what only the command may use: the process's own command line and
// its end.
var ownMain = []string{"os.Args", "os.Exit"}

func readHouse(t *testing.T) house {
	t.Helper()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	h := house{imports: make(map[string][]string), only: make(map[string][]string)}
	for _, row := range rowsBelow(t, string(text), "## Who imports whom") {
		room := oneName(t, row)
		if row[1] == unknown {
			t.Errorf("ARCHITECTURE.md does not say what the room %s is for", room)
		}
		if row[2] == everything {
			h.imports[room] = []string{everything}
		} else {
			h.imports[room] = code(row[2])
		}
	}
	for _, row := range rowsBelow(t, string(text), "### Only here") {
		for _, imported := range code(row[0]) {
			h.only[imported] = code(row[1])
		}
	}
	for _, row := range rowsBelow(t, string(text), "### Outside the house") {
		h.outside = append(h.outside, code(row[0])...)
	}
	return h
}

func rowsBelow(t *testing.T, text, heading string) [][]string {
	t.Helper()
	rows, err := table(text, heading)
	if err != nil {
		t.Fatalf("ARCHITECTURE.md: %v", err)
	}
	return rows
}

// oneName returns the name in a row's first cell.
func oneName(t *testing.T, row []string) string {
	t.Helper()
	names := code(row[0])
	if len(names) != 1 {
		t.Fatalf("ARCHITECTURE.md: the row %q does not begin with one name", row)
	}
	return names[0]
}

// isHidden reports whether the go command passes over a directory of that name in patterns with `...`.
func isHidden(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata"
}

// isOutside reports whether a directory, relative to the root, belongs to no room.
func (h house) isOutside(dir string) bool {
	return slices.ContainsFunc(h.outside, func(o string) bool { return dir == o || strings.HasPrefix(dir, o+"/") })
}

// The table of imports is what the files say: whoever adds an import adds it there.
func TestImports(t *testing.T) {
	h := readHouse(t)
	imports, only := readImports(t, h)
	if *update {
		writeImports(t, imports)
		h = readHouse(t)
	}
	for _, room := range slices.Sorted(maps.Keys(imports)) {
		want, ok := h.imports[room]
		if !ok {
			t.Errorf("the room %s is not in the table of ARCHITECTURE.md; go test -update adds it", room)
			continue
		}
		if slices.Equal(want, []string{everything}) {
			continue
		}
		for _, got := range imports[room] {
			if !slices.Contains(want, got) {
				t.Errorf("%s imports %s: ARCHITECTURE.md has only %q", room, got, want)
			}
		}
		for _, w := range want {
			if !slices.Contains(imports[room], w) {
				t.Errorf("%s does not import %s, as ARCHITECTURE.md says", room, w)
			}
		}
		if !slices.IsSorted(want) {
			t.Errorf("%s: the imports in ARCHITECTURE.md are not sorted: %q", room, want)
		}
	}
	for room := range h.imports {
		if _, ok := imports[room]; !ok {
			t.Errorf("ARCHITECTURE.md has a room %s that the module has not", room)
		}
	}
	for _, dir := range h.outside {
		if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(dir))); err != nil {
			t.Errorf("ARCHITECTURE.md: outside the house: %v", err)
		}
	}
	for imported, want := range h.only {
		if got := slices.Sorted(maps.Keys(only[imported])); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
			t.Errorf("%s is imported by %q, and by ARCHITECTURE.md only in %q", imported, got, want)
		}
	}
	if len(imports) < 10 {
		t.Errorf("only %d rooms found: the walk looks at the wrong place", len(imports))
	}
}

// writeImports writes what the rooms import into the table: a row for each room, with
// what stood there already about what it is for. The table is in the order of rooms.
func writeImports(t *testing.T, imports map[string][]string) {
	t.Helper()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	purpose := make(map[string]string)
	all := make(map[string]bool) // rooms that may import every other one
	for _, row := range rowsBelow(t, string(text), "## Who imports whom") {
		room := oneName(t, row)
		purpose[room], all[room] = row[1], row[2] == everything
	}
	var rows strings.Builder
	for _, room := range slices.SortedFunc(maps.Keys(imports), byRank) {
		cell := everything
		if !all[room] {
			var names []string
			for _, target := range slices.Sorted(slices.Values(imports[room])) {
				names = append(names, "`"+target+"`")
			}
			cell = strings.Join(names, ", ")
		}
		directory := room
		if room == "gorun" {
			directory = "main.go"
		}
		fmt.Fprintf(&rows, "| [`%s`](%s) | %s | %s |\n", room, directory, cmp.Or(purpose[room], unknown), cell)
	}
	begin := strings.Index(string(text), "## Who imports whom")
	const line = "|---|---|---|\n"
	before, rest, _ := strings.Cut(string(text)[begin:], line)
	_, after, _ := strings.Cut(rest, "\n\n")
	next := string(text)[:begin] + before + line + rows.String() + "\n" + after
	if err := os.WriteFile(document, []byte(next), 0o666); err != nil {
		t.Fatal(err)
	}
}

// byRank orders rooms: the command, the rooms at the top with those within them, and
// internal.
func byRank(a, b string) int {
	rank := func(room string) int {
		top, _, _ := strings.Cut(room, "/")
		return slices.Index([]string{"gorun", "tagexpr", "depgraph", "incremental", "exec", "internal"}, top)
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a, b))
}

// readImports returns what each room imports of this module, and which rooms import
// the packages that few may, tests excepted.
func readImports(t *testing.T, h house) (imports map[string][]string, only map[string]map[string]bool) {
	t.Helper()
	imports, only = make(map[string][]string), make(map[string]map[string]bool)
	for imported := range h.only {
		only[imported] = make(map[string]bool)
	}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); file != root && isHidden(name) {
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
			room = "gorun"
		}
		if h.isOutside(room) {
			return nil
		}
		if room == "internal" {
			t.Errorf("%s: no .go file stands directly in internal/", file)
		}
		if imports[room] == nil {
			imports[room] = []string{}
		}
		for _, imported := range readFile(t, room, file) {
			if rooms, ok := only[imported]; ok {
				rooms[room] = true
			}
			target, ok := strings.CutPrefix(imported, module+"/")
			switch {
			case imported == module:
				t.Errorf("%s imports the command itself", file)
			case ok && h.isOutside(target):
				t.Errorf("%s imports %s, which is outside the house", file, target)
			case ok && !slices.Contains(imports[room], target):
				imports[room] = append(imports[room], target)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return imports, only
}

// readFile returns what a file imports. That it uses nothing of ownMain is checked on
// the way.
func readFile(t *testing.T, room, file string) []string {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	f, err := parser.ParseFile(token.NewFileSet(), file, src, 0)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, spec := range f.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, imported)
	}
	if room == "gorun" {
		return list
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
	return list
}

func TestTable(t *testing.T) {
	const text = "# A\n\n| x | y |\n|---|---|\n| no | no |\n\n## B\n\ntext\n\n" +
		"| room | imports |\n|---|---|\n| [`a`](a) | `b`, `c/d` |\n| `e` | |\n\n| other | table |\n"
	rows, err := table(text, "## B")
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 2 || !slices.Equal(code(rows[0][0]), []string{"a"}) ||
		!slices.Equal(code(rows[0][1]), []string{"b", "c/d"}) || code(rows[1][1]) != nil {
		t.Errorf("%q", rows)
	}
	for _, bad := range []string{"# A\n| x |\n|---|\n", "## B\n## C\n| x |\n|---|\n| y |\n",
		"## B\n| x | y |\n|---|---|\n| z |\n"} {
		if rows, err := table(bad, "## B"); err == nil {
			t.Errorf("%q has rows %q", bad, rows)
		}
	}
}
