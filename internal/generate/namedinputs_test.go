package generate

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestNamed(t *testing.T) {
	for line, want := range map[string]string{
		"mockgen -source=store.go -destination=mock.go":    "store.go",
		"stringer -type=Pill -output pill_string.go":       "Pill",
		"protoc -Iproto --go_out=. --go_opt=x api/a.proto": "x api/a.proto",
		"gen -o out.txt in.txt":                            "in.txt",
		"gen --out-file=x in.txt":                          "in.txt",
		"gen a.txt,b.txt ../c.txt /abs/d.txt .":            "a.txt b.txt ../c.txt /abs/d.txt",
		"./gen.sh in.txt in.txt":                           "gen.sh in.txt",
		"gen -v in.txt":                                    "in.txt",
	} {
		d := &Directive{Dir: "/m/p", Words: strings.Fields(line)}
		var got []string
		for _, path := range namedPaths(d) {
			if rel, err := filepath.Rel("/m/p", path); err == nil && !strings.HasPrefix(path, "/abs") {
				path = filepath.ToSlash(rel)
			}
			got = append(got, path)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s names %q, want %q", line, got, want)
		}
	}
}

func TestCallOf(t *testing.T) {
	for line, want := range map[string]string{
		"go run ./gen x.txt":              "/m/p [] [./gen] ",
		"go run -tags=a -C ../q gen.go x": "", // -C stands first
		"go run -C ../q -tags=a gen.go x": "/m/q [-tags=a] [gen.go] ",
		"go run example.com/gen@v1.0.0 x": "",
		"go tool mk -o x":                 "/m/p [] [] mk",
		"go tool -n mk":                   "/m/p [] [] mk",
		"go vet ./gen":                    "",
		"gorun ./gen":                     "/m/p [] [./gen] ",
		"/usr/local/go/bin/go run ./gen":  "/m/p [] [./gen] ",
		"sh -c x":                         "",
		"go run":                          "",
	} {
		c := findToolCall(&Directive{Dir: "/m/p", Words: strings.Fields(line)}, nil)
		got := ""
		if c != nil {
			got = c.dir + " [" + strings.Join(c.flags, " ") + "] [" + strings.Join(c.patterns, " ") + "] " + c.tool
		}
		if got != want {
			t.Errorf("%s calls %q, want %q", line, got, want)
		}
	}
}

func TestToolPackage(t *testing.T) {
	tools := []string{"example.com/a/mk", "example.com/b/gen/v2", "example.com/c/dup", "example.com/d/dup"}
	for name, want := range map[string]string{
		"mk": "example.com/a/mk", "gen": "example.com/b/gen/v2", "example.com/a/mk": "example.com/a/mk",
		"dup": "", "example.com/d/dup": "example.com/d/dup", "vet": "", "v2": "",
	} {
		if got := toolPackage(name, tools); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestPlanPrints(t *testing.T) {
	a := &Directive{File: "/m/a.go", printedFile: "a.go", Line: 3, Text: "//go:generate x y"}
	b := &Directive{File: "/m/b.go", printedFile: "b.go", Line: 5, Text: "//go:generate z"}
	p := NewPlan([]*Directive{a, b}, func(d *Directive) string {
		if d == a {
			return "y changed"
		}
		return ""
	})
	if got, want := p.String(), "a.go:3: x y (y changed)"; got != want {
		t.Errorf("plan %q, want %q", got, want)
	}
	if _, more := p.next(map[string]int{a.key(): maxRuns}); more {
		t.Error("a directive runs without end")
	}
}
