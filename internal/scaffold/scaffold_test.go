package scaffold

import (
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
)

func newProject(t *testing.T, module string) Project {
	t.Helper()
	p, err := New(module)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Whatever the module is called, the files are in its name, and its Go files are Go files that import
// the standard library and themselves.
func TestFiles(t *testing.T) {
	for _, module := range []string{"example.com/shop", "github.com/Some-One/2nd.tool_x+y~z/v3", "on", "x.test/no"} {
		p := newProject(t, module)
		files, err := p.files()
		if err != nil {
			t.Fatal(err)
		}
		byName := map[string]file{}
		for _, f := range files {
			byName[f.name] = f
			if module != "example.com/shop" && strings.Contains(strings.ToLower(f.text), "shop") {
				t.Errorf("%s: %s speaks of a shop", module, f.name)
			}
			if path.Ext(f.name) == ".go" {
				checkGoFile(t, p, f, files)
			}
		}
		for _, name := range []string{
			".env.example", ".gitignore", "Dockerfile", "README.md", "ci.sh", "cmd/api/main.go", "cmd/worker/main.go",
			"compose.yaml", "go.mod", "gorun.toml", "kubernetes/dev.yaml",
		} {
			if _, ok := byName[name]; !ok {
				t.Errorf("%s: there is no %s", module, name)
			}
		}
		if !byName["ci.sh"].executable || byName["README.md"].executable {
			t.Errorf("%s: ci.sh alone is to be executable", module)
		}
		mod, err := modfile.Parse("go.mod", []byte(byName["go.mod"].text), nil)
		if err != nil || mod.Module.Mod.Path != module || mod.Go.Version != goVersion {
			t.Errorf("%s: go.mod: %v\n%s", module, err, byName["go.mod"].text)
		}
		checkManifests(t, byName["kubernetes/dev.yaml"].text)
		if !slices.IsSortedFunc(files, func(a, b file) int { return strings.Compare(a.name, b.name) }) {
			t.Errorf("%s: the files are not sorted", module)
		}
	}
}

// checkGoFile checks that a file is gofmt's, and that what it imports is there.
func checkGoFile(t *testing.T, p Project, f file, all []file) {
	t.Helper()
	formatted, err := format.Source([]byte(f.text))
	if err != nil || string(formatted) != f.text {
		t.Errorf("%s: %s is not formatted: %v", p.module, f.name, err)
		return
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), f.name, f.text, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	own := func(spec *ast.ImportSpec) bool {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		rest, ok := strings.CutPrefix(imported, p.module+"/")
		if !ok {
			if first, _, _ := strings.Cut(imported, "/"); strings.Contains(first, ".") {
				t.Errorf("%s: %s imports %s", p.module, f.name, imported)
			}
			return false
		}
		if !slices.ContainsFunc(all, func(f file) bool { return path.Dir(f.name) == rest }) {
			t.Errorf("%s: %s imports %s, which is not written", p.module, f.name, imported)
		}
		return true
	}
	uses := slices.ContainsFunc(parsed.Imports, own)
	if path.Base(f.name) == "main.go" && path.Dir(path.Dir(f.name)) == "cmd" && !uses {
		t.Errorf("%s: %s does not share anything", p.module, f.name)
	}
}

// manifestName matches what stands in the manifests after the module: names of objects, labels, images.
var manifestName = regexp.MustCompile(`(?m)^(?:  name| +app| +image): (\S+)$`)

// checkManifests checks that names are what Kubernetes takes for one, and YAML for no truth or number.
func checkManifests(t *testing.T, text string) {
	t.Helper()
	names := manifestName.FindAllStringSubmatch(text, -1)
	if len(names) < 10 {
		t.Errorf("only %d names found: the expression does not match them", len(names))
	}
	suffix := regexp.MustCompile(`-(api|worker|dev)$`)
	for _, m := range names {
		if name := m[1]; !label.MatchString(name) || !suffix.MatchString(name) {
			t.Errorf("%q is no name of something in Kubernetes", name)
		}
	}
}
