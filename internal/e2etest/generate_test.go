//go:build unix

package e2etest

import (
	"flag"
	"os"
	osexec "os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/gorun-dev/gorun/internal/longtest"
	"github.com/gorun-dev/gorun/internal/proctest"
)

// A loop shows within a second or two; a minute was tried.
var idle = flag.Duration("idle", 5*time.Second,
	"how long TestGenerators leaves gorun alone to see that nothing goes on by itself")

// A step of a test of a generator is one save.
type saved struct {
	file, old, new string
	want           string // what the program prints then
}

// generators are other people's, with modules that are fetched.
var generators = []struct {
	name  string
	get   [][]string // arguments of go get
	want  string     // what the program prints at first
	saves []saved
}{
	{"stringer", [][]string{{"-tool", "golang.org/x/tools/cmd/stringer@v0.52.0"}}, "START Aspirin\n", []saved{
		{"pill/pill.go", "Aspirin", "Ibuprofen", "START Ibuprofen\n"},
	}},
	{"protobuf", [][]string{{"github.com/bufbuild/protocompile@v0.14.1", "google.golang.org/protobuf@v1.36.12"}},
		"START name 1\n", []saved{
			{"api/hello.proto", "string name", "string title", "START title 1\n"},
			{"gen/main.go", `"1"`, `"2"`, "START title 2\n"}, // the generator itself
		}},
	{"templ", [][]string{{"-tool", "github.com/a-h/templ/cmd/templ@v0.3.977"}}, "START <p>hello x</p>\n", []saved{
		{"views/hello.templ", "hello", "welcome", "START <p>welcome x</p>\n"},
		{"views/hello.templ", "welcome", "bye", "START <p>bye x</p>\n"},
	}},
	{"sqlc", [][]string{{"-tool", "github.com/sqlc-dev/sqlc/cmd/sqlc@v1.31.1"}}, "START SELECT id FROM notes\n", []saved{
		{"db/query.sql", "SELECT id FROM", "SELECT id, body FROM", "START SELECT id, body FROM notes\n"},
	}},
}

// TestGenerators runs programs whose code is made by generators that people use. One
// save of what it is made from is one generate, one build, one swap; and then
// nothing happens by itself.
func TestGenerators(t *testing.T) {
	longtest.Skip(t)             // it fetches modules and builds them
	t.Setenv("CGO_ENABLED", "0") // sqlc's parser of PostgreSQL is minutes of C
	for _, g := range generators {
		t.Run(g.name, func(t *testing.T) {
			dir := t.TempDir()
			module := filepath.Join(dir, "module")
			unpack(t, filepath.Join("testdata", "generate", g.name+".txtar"), module)
			for _, args := range g.get {
				if out, err := inModule(module, "go", append([]string{"get"}, args...)...); err != nil {
					t.Skipf("the modules cannot be had here: %v\n%s", err, out)
				}
			}
			for _, args := range [][]string{{"generate", "./..."}, {"mod", "tidy"}} {
				if out, err := inModule(module, "go", args...); err != nil {
					t.Fatalf("go %q: %v\n%s", args, err, out)
				}
			}
			l := startLive(t, dir, module, "-generate")
			if got := l.running(); got+"\n" != strings.TrimPrefix(g.want, startMark) {
				t.Fatalf("the program prints %q, want %q", got, g.want)
			}
			for i, s := range g.saves {
				replace(t, filepath.Join(module, s.file), s.old, s.new)
				started := time.Now()
				if !proctest.Eventually(func() bool {
					return strings.HasSuffix(l.out.String(), s.want) && l.count(`generated, .*swapped in`) > i
				}, nil) {
					t.Fatalf("after a save of %s the program prints %q, want %q:\n%s", s.file, l.running(), s.want, l)
				}
				t.Logf("%s: %v; %s", s.file, time.Since(started).Round(time.Millisecond), l.last(`swapped in`))
			}
			proctest.Pause(*idle)
			n := len(g.saves)
			for _, c := range []struct {
				what string
				want int
			}{
				{`plan: generate: `, n},
				{`plan: (go build|direct) \(.*\): `, n}, // the first build names no packages, and may be made again: go mod tidy has just written
				{`swapped in`, n},
				{`same program`, 0},
			} {
				if got := l.count(c.what); got != c.want {
					t.Errorf("%d× %q, want %d:\n%s", got, c.what, c.want, l)
				}
			}
		})
	}
}

func (g *live) count(re string) int {
	return len(regexp.MustCompile(`(?m)^gorun: .*`+re).FindAllString(g.err.String(), -1))
}

// last returns the last line of gorun's with that in it.
func (g *live) last(text string) string {
	var line string
	for l := range strings.Lines(g.err.String()) {
		if strings.Contains(l, text) {
			line = strings.TrimSpace(l)
		}
	}
	return line
}

func unpack(t *testing.T, archive, dir string) {
	t.Helper()
	ar, err := txtar.ParseFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range ar.Files {
		file := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, f.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func inModule(dir, name string, args ...string) (string, error) {
	cmd := osexec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "CI=")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func replace(t *testing.T, file, old, new string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), old) {
		t.Fatalf("%s does not contain %q", file, old)
	}
	next := file + ".new"
	if err := os.WriteFile(next, []byte(strings.ReplaceAll(string(b), old, new)), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, file); err != nil {
		t.Fatal(err)
	}
}
