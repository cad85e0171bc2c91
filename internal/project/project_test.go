package project

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTarget(t *testing.T) {
	root := RealPath(t.TempDir())
	for _, dir := range []string{"m/cmd/app", "m/lib", "w/a", "w/b"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for file, text := range map[string]string{"m/go.mod": "module example.com/m\n", "w/go.work": "",
		"w/a/go.mod": "module a\n"} {
		if err := os.WriteFile(filepath.Join(root, file), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(root, "m"), filepath.Join(root, "link")); err != nil {
		t.Skip(err)
	}
	for _, c := range []struct{ dir, args, target, project string }{
		{"m", "./cmd/app", "m/cmd/app", "m"},
		{"m/cmd", "./app", "m/cmd/app", "m"},
		{"m/lib", "../cmd/app", "m/cmd/app", "m"},
		{"m/cmd/app", ".", "m/cmd/app", "m"},
		{"m/lib", "example.com/m/cmd/app", "m/cmd/app", "m"},
		{"m/lib", "example.com/m", "m", "m"},
		{"link", "./cmd/app", "m/cmd/app", "m"},
		{"m", "ROOT/m/cmd/app", "m/cmd/app", "m"},
		{"m/lib", "a.go b.go", "m/lib/a.go" + string(filepath.ListSeparator) + "ROOT/m/lib/b.go", "m"},
		{"w/a", ".", "w/a", "w"},
		{"w", "./b", "w/b", "w"},
		{"m", "example.com/mm", "= example.com/mm", "m"},
		{".", "example.com/x", "= example.com/x", "."},
	} {
		words := strings.Fields(strings.ReplaceAll(c.args, "ROOT", root))
		dir := filepath.Join(root, c.dir)
		want := filepath.Join(root, strings.ReplaceAll(c.target, "ROOT", root))
		if path, ok := strings.CutPrefix(c.target, "= "); ok {
			want = path
		}
		if got, _ := Target(dir, words, strings.HasSuffix(words[0], ".go")); got != want {
			t.Errorf("in %s, %s is %s, want %s", c.dir, c.args, got, want)
		}
		if got := Root(dir, ""); got != filepath.Join(root, c.project) {
			t.Errorf("%s is in project %s, want %s", c.dir, got, c.project)
		}
	}
	if got := Root(filepath.Join(root, "w/a"), "off"); got != filepath.Join(root, "w/a") {
		t.Errorf("with GOWORK=off: %s", got)
	}
}
