package archtest

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// mapFrom is the number of files from which on a package comment has a map of them.
const mapFrom = 6

// fileName matches the name of a file in a package comment, which may be a pattern.
var fileName = regexp.MustCompile(`[\w*]+\.go\b`)

// system is what a file's name ends in that is for some systems or processors only.
var system = regexp.MustCompile(`_(unix|other|none|bsd|kqueue|linux|darwin|freebsd|windows|plan9|amd64|arm64|ctim|ctimespec)\.go$`)

// Whoever looks for a file finds it in its package's comment, and nothing there that is
// gone.
func TestMaps(t *testing.T) {
	maps := 0
	for dir, files := range sourceFiles(t) {
		if len(files) < mapFrom {
			continue
		}
		maps++
		named := fileName.FindAllString(packageComment(t, dir, files), -1)
		for _, f := range files {
			if !slices.ContainsFunc(named, func(name string) bool { return stands(name, f) }) {
				t.Errorf("%s: the package comment does not say what %s holds", dir, f)
			}
		}
		for _, name := range named {
			elsewhere := func(f string) bool { return stands(name, f) }
			if strings.HasSuffix(name, "_test.go") || name == "doc.go" {
				continue
			}
			if !slices.ContainsFunc(files, elsewhere) {
				t.Errorf("%s: the package comment names %s, which is not there", dir, name)
			}
		}
	}
	if maps < 5 {
		t.Errorf("only %d packages have so many files: the walk looks at the wrong place", maps)
	}
}

// stands reports whether a name in a map stands for a file: it is the file's, or a
// pattern of it, or that of the same file for another system.
func stands(name, file string) bool {
	if ok, err := path.Match(name, file); ok && err == nil {
		return true
	}
	return general(name) == general(file)
}

// general is a file's name without the system that it is for.
func general(name string) string {
	for {
		short := system.ReplaceAllString(name, ".go")
		if short == name {
			return name
		}
		name = short
	}
}

// sourceFiles returns the names of each package's files, tests and the file of the
// package comment excepted.
func sourceFiles(t *testing.T) map[string][]string {
	t.Helper()
	files := make(map[string][]string)
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		switch name := d.Name(); {
		case err != nil:
			return err
		case d.IsDir() && file != root && isHidden(name):
			return fs.SkipDir
		case strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") && name != "doc.go":
			dir := filepath.Dir(file)
			files[dir] = append(files[dir], name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// packageComment returns the comments that stand before a package clause.
func packageComment(t *testing.T, dir string, files []string) string {
	t.Helper()
	var b strings.Builder
	for _, name := range append([]string{"doc.go"}, files...) {
		src, err := os.ReadFile(filepath.Join(dir, name))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			t.Fatal(err)
		}
		if f.Doc != nil {
			b.WriteString(f.Doc.Text() + " " + name + "\n") // the file that has the map stands in no map
		}
	}
	return b.String()
}
