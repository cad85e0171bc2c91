package generate

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/internal/gocmd"
)

// A project is a module on disk, and the memory of the sessions over it.
type project struct {
	t      *testing.T
	dir    string
	memory string
	lines  []string // of trouble
}

func newProject(t *testing.T, archive string) *project {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the directives are shell scripts")
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	p := &project{t: t, dir: filepath.Join(dir, "project"), memory: filepath.Join(dir, "memory")}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		p.put(f.Name, string(f.Data))
	}
	return p
}

func (p *project) path(name string) string { return filepath.Join(p.dir, name) }

func (p *project) put(name, content string) {
	p.t.Helper()
	if err := os.MkdirAll(filepath.Dir(p.path(name)), 0o777); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(p.path(name), []byte(content), 0o666); err != nil {
		p.t.Fatal(err)
	}
}

func (p *project) remove(name string) {
	p.t.Helper()
	if err := os.Remove(p.path(name)); err != nil {
		p.t.Fatal(err)
	}
}

// session begins a session of gorun: the directives are followed.
func (p *project) session() *Generator {
	p.t.Helper()
	env := append(os.Environ(), "GOFLAGS=", "GOWORK=off", "GOTOOLCHAIN=local", "GOPROXY=off", "PWD="+p.dir)
	goEnv := func(context.Context) (map[string]string, error) {
		cmd := osexec.Command("go", "env", "-json")
		cmd.Dir, cmd.Env = p.dir, env
		out, err := cmd.Output()
		if err != nil {
			return nil, err
		}
		vars := map[string]string{}
		return vars, json.Unmarshal(out, &vars)
	}
	graph, err := depgraph.Load(p.t.Context(), depgraph.Config{
		Dir: p.dir, Env: env, Patterns: []string{"."}, GoEnv: goEnv,
	}, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	goCmd, err := gocmd.Find(env)
	if err != nil {
		p.t.Fatal(err)
	}
	g := New(Config{
		Go: goCmd, Dir: p.dir, Env: env, Started: time.Now(), Memory: p.memory,
		GoEnv: func(string) string { return "" },
		Say:   func(format string, args ...any) { p.lines = append(p.lines, fmt.Sprintf(format, args...)) },
		Debug: p.t.Logf,
	})
	p.t.Cleanup(g.Close)
	g.Follow(graph)
	g.Wait()
	return g
}

// reasons runs r, which may be nil, and returns why each directive ran.
func (p *project) reasons(r *Run) (reasons []string) {
	p.t.Helper()
	if r == nil {
		return nil
	}
	res := r.Result()
	if res.Err != nil {
		reasons = append(reasons, "failed")
	}
	for _, e := range res.Events {
		reasons = append(reasons, e.Reason)
	}
	return reasons
}

// start is what runs at the start of a session.
func (p *project) start() []string {
	p.t.Helper()
	g := p.session()
	defer g.Close()
	return p.reasons(g.Start())
}

func (p *project) want(what string, got []string, want ...string) {
	p.t.Helper()
	if !slices.Equal(got, want) {
		p.t.Errorf("%s: %q ran, want %q", what, got, want)
	}
}

// The script writes what is embedded or compiled, and no word names it.
const scripted = `
-- go.mod --
module example.com/m

go 1.26
-- main.go --
package main

//gorun:input colours.txt
//go:generate sh gen.sh
func main() { println(colour) }
-- gen.sh --
cat fail.txt 2>/dev/null && exit 1
printf 'package main\n\nconst colour = "%s"\n' "$(cat colours.txt)" > colour.go
-- colours.txt --
red
`

const (
	unknown       = "the build fails, and nothing is known of it"
	unknownOutput = "the build fails, and it is not known what it writes"
)

// What a directive was made from is remembered: the next session runs it if that differs, or
// if what it wrote is not there, and otherwise not.
func TestRemembered(t *testing.T) {
	p := newProject(t, scripted)
	g := p.session()
	p.want("a fresh clone, before the build", p.reasons(g.Start()))
	p.want("a fresh clone whose build fails", p.reasons(g.StartUnknown()), unknown)
	p.want("the build fails again", p.reasons(g.StartUnknown()))
	p.want("after that", p.reasons(g.Start()))
	g.Close()
	if _, err := os.Stat(p.path("colour.go")); err != nil {
		t.Fatal(err)
	}

	p.want("the next session", p.start())
	p.put("colours.txt", "red\n") // the same content, another time
	p.want("a session after a save without an edit", p.start())
	p.put("colours.txt", "green\n")
	p.want("a session after an edit", p.start(), "colours.txt changed")
	p.want("the session after that", p.start())
	p.put("gen.sh", strings.Replace(scripted[strings.Index(scripted, "printf"):], "-- colours.txt --\nred\n", "", 1))
	p.want("a session after an edit of the script", p.start(), "gen.sh changed")
	p.remove("colour.go")
	p.want("a session without the output", p.start(), "colour.go is not there")
	p.remove("colours.txt")
	g = p.session()
	if c := g.Classify(nil); c.Kind != depgraph.Generate || len(c.Details) != 1 ||
		c.Details[0].Path != p.path("colours.txt") {
		t.Errorf("an input that was removed between sessions: %v", c)
	}
	if len(p.lines) > 0 {
		t.Errorf("lines of trouble: %q", p.lines)
	}
}

// Of what a directive writes into other directories nothing is known: it runs once more where the
// build fails.
func TestOutputElsewhereIsUnknown(t *testing.T) {
	p := newProject(t, strings.ReplaceAll(scripted, "> colour.go", "> made/colour.go"))
	p.put("made/keep", "")
	g := p.session()
	p.want("a fresh clone whose build fails", p.reasons(g.StartUnknown()), unknown)
	g.Close()
	p.remove("made/colour.go")
	g = p.session()
	p.want("the next session", p.reasons(g.Start()))
	p.want("whose build fails", p.reasons(g.StartUnknown()), unknownOutput)
	p.want("the build fails again", p.reasons(g.StartUnknown()))
	if _, err := os.Stat(p.path("made/colour.go")); err != nil {
		t.Error(err)
	}
}

// A run that failed is not what the output was made from.
func TestFailureIsNotRemembered(t *testing.T) {
	p := newProject(t, scripted)
	g := p.session()
	p.want("a good run", p.reasons(g.StartUnknown()), unknown)
	g.Close()
	p.put("colours.txt", "green\n")
	p.put("fail.txt", "")
	p.want("a session in which it fails", p.start(), "failed", "colours.txt changed")
	p.want("a session in which it fails again", p.start(), "failed", "colours.txt changed")
	p.remove("fail.txt")
	p.want("a session in which it does not", p.start(), "colours.txt changed")
	p.want("the session after that", p.start())

	// The same where it has never run well.
	p.memory = filepath.Join(p.dir, "..", "another")
	p.put("fail.txt", "")
	g = p.session()
	p.want("a failure", p.reasons(g.StartUnknown()), "failed", unknown)
	p.want("the build fails again", p.reasons(g.StartUnknown()))
	g.Close()
	p.remove("fail.txt")
	g = p.session()
	p.want("the next session", p.reasons(g.Start()))
	p.want("whose build fails", p.reasons(g.StartUnknown()), unknown)
}

// Directives of which nothing is known run in their order, each once, and what a word names
// as an output is known when it has run.
func TestNamedOutputs(t *testing.T) {
	p := newProject(t, `
-- go.mod --
module example.com/m

go 1.26
-- main.go --
package main

//go:generate sh gen.sh -o one.txt
//go:generate sh gen.sh one.txt --txt_out=two.txt
//go:generate sh gen.sh -o three.txt
func main() {}
-- gen.sh --
for last; do :; done
echo x > "${last##*=}"
-- three.txt --
there
`)
	p.want("a fresh clone", p.start())
	g := p.session()
	p.want("a fresh clone whose build fails", p.reasons(g.StartUnknown()), unknown, unknown, unknown)
	g.Close()
	p.want("the next session", p.start())
	p.remove("two.txt")
	p.want("a session without one of them", p.start(), "two.txt is not there")
	p.remove("three.txt")
	p.remove("one.txt")
	p.want("a session without two of them", p.start(), "one.txt is not there", "three.txt is not there")
}

// A generator that is in the workspace: its files are inputs that are known only when its
// graph is loaded, and what it writes carries the marker.
func TestRememberedGenerator(t *testing.T) {
	p := newProject(t, `
-- go.mod --
module example.com/m

go 1.26
-- main.go --
package main

//go:generate go run ./gen
func main() { println(colour) }
-- gen/main.go --
package main

import (
	"os"

	"example.com/m/gen/words"
)

func main() {
	os.WriteFile("colour.go", []byte("// Code generated by gen. DO NOT EDIT.\n\npackage main\n\n"+words.Const+"\n"), 0o666)
}
-- gen/words/words.go --
package words

const Const = "const colour = 1"
`)
	g := p.session()
	p.want("a fresh clone", p.reasons(g.StartUnknown()), unknown)
	g.Close()
	p.want("the next session", p.start())
	p.put("gen/words/words.go", "package words\n\nconst Const = \"const colour = 2\"\n")
	p.want("a session after an edit of what the generator imports", p.start(), "gen/words/words.go changed")
	p.want("the session after that", p.start())
	p.remove("colour.go")
	p.want("a session without the output", p.start(), "colour.go is not there")
}

// A record that cannot be read is none, and a memory that cannot be written is no trouble.
func TestBrokenMemory(t *testing.T) {
	p := newProject(t, scripted)
	g := p.session()
	p.want("a fresh clone", p.reasons(g.StartUnknown()), unknown)
	g.Close()
	files, err := filepath.Glob(filepath.Join(p.memory, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("records: %q, %v", files, err)
	}
	for _, content := range []string{"", "\x01", "\x02x", "\x01garbage"} {
		if err := os.WriteFile(files[0], []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		g := p.session()
		p.want("a broken record", p.reasons(g.Start()))
		g.Close()
	}
	old := time.Now().Add(-2 * recordAge)
	if err := os.Chtimes(files[0], old, old); err != nil {
		t.Fatal(err)
	}
	memory(p.memory).trim(time.Now())
	if _, err := os.Stat(files[0]); !os.IsNotExist(err) {
		t.Errorf("a record that nobody asked for is kept: %v", err)
	}

	p.memory = p.path("main.go") // a file
	g = p.session()
	p.want("no place for records", p.reasons(g.StartUnknown()), unknown)
	if len(p.lines) > 0 {
		t.Errorf("lines of trouble: %q", p.lines)
	}
}

// A path need not be UTF-8.
func TestRecordKeepsPaths(t *testing.T) {
	m := memory(t.TempDir())
	d := &Directive{}
	path := quotedPath("/m/\xff\"\n.proto")
	want := &record{
		Inputs: []recordedInput{{path, [sha256.Size]byte{1}}}, Absent: []quotedPath{path}, Own: []quotedPath{path},
		Outputs: []quotedPath{path}, Tool: "t",
	}
	if err := m.save(d, want); err != nil {
		t.Fatal(err)
	}
	if got := m.recall(d); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v came back as %+v", want, got)
	}
}
