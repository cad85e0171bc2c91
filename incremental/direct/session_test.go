package direct

import (
	"golang.org/x/tools/txtar"

	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorun-dev/gorun/incremental/equal"
	"github.com/gorun-dev/gorun/internal/longtest"
)

// writeModule writes the module of the tests into dir.
func writeModule(t *testing.T, dir string) {
	t.Helper()
	a, err := txtar.ParseFile(filepath.Join("..", "testdata", "module.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range a.Files {
		writeFiles(t, dir, map[string]string{f.Name: string(f.Data)})
	}
}

func writeFiles(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// setupOf returns the setup for the module in a new directory.
func setupOf(t *testing.T, flags ...string) Setup {
	t.Helper()
	dir := t.TempDir()
	if d, err := filepath.EvalSymlinks(dir); err == nil {
		dir = d
	}
	writeModule(t, dir)
	file := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	return Setup{
		Run: testRunner, Go: "go", Dir: dir, Env: os.Environ(), Flags: flags, Target: []string{"./app"}, Work: t.TempDir(),
		Packages: []Package{
			{
				ImportPath: "example.com/m/lib", GoFiles: []string{file("lib/lib.go"), file("lib/more.go")},
				EmbedFiles: []string{file("lib/text.txt")},
			},
			{ImportPath: "example.com/m/asm", GoFiles: []string{file("asm/asm.go")}},
			{ImportPath: "example.com/m/left", GoFiles: []string{file("left/left.go")}},
			{ImportPath: "example.com/m/right", GoFiles: []string{file("right/right.go")}},
			{ImportPath: "example.com/m/app", GoFiles: []string{file("app/main.go")}},
		},
	}
}

func prepare(t *testing.T, s Setup) *Session {
	t.Helper()
	d, err := Prepare(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// goRun builds the program as go run does and returns the executable.
func goRun(t *testing.T, s Setup) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "app")
	// The helper is this test's own binary: see TestMain.
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	env := append(slices.Clone(s.Env), "GORUN_TEST_EXECUTABLE="+out)
	argv := slices.Concat([]string{"go", "run", "-exec", self}, s.Flags, s.Target)
	if _, stderr, err := testRunner(t.Context(), argv, s.Dir, env); err != nil {
		t.Fatalf("go run: %v\n%s", err, stderr)
	}
	return out
}

func (s Setup) edit(t *testing.T, name, from, to string) (file string) {
	t.Helper()
	file = filepath.Join(s.Dir, filepath.FromSlash(name))
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), from) {
		t.Fatalf("%s has no %q", name, from)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), from, to, 1)), 0o666); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestDirect(t *testing.T) {
	s := setupOf(t)
	d := prepare(t, s)
	first, err := d.Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, file, from, to string
		compiled             string
		linked               bool
		twins                string
		output               string
	}{
		{"body", "lib/lib.go", "count += i", "count += 2*i", "lib", true, "", "TEXT 1"},
		{"undo", "lib/lib.go", "count += 2*i", "count += i", "", false, "", "TEXT 1"},
		{"comment", "lib/lib.go", "count += i", "count += i // sum", "lib", false, "", "TEXT 1"},
		{"lines", "lib/lib.go", "\t\tcount += i", "\n\t\tcount += i", "lib", true, "lib", "TEXT 1"},
		{"lines and body", "lib/lib.go", "count += i", "count += i\n\t\tcount++", "lib", true, "lib", "TEXT 1"},
		{"embedded", "lib/text.txt", "text", "words", "lib", true, "lib", "WORDS 1"},
		{"main", "app/main.go", "lib.F(3)", "lib.F(4), 5", "app", true, "lib", "WORDS 5 1"},
		{
			"import that another file has", "lib/more.go", "import \"strings\"\n", "import \"strings\"; import _ \"embed\"\n",
			"lib", false, "lib", "WORDS 5 1",
		},
	} {
		s.edit(t, tt.file, tt.from, tt.to)
		out, err := d.Build(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		short := func(list []string) string {
			return strings.ReplaceAll(strings.Join(list, " "), "example.com/m/", "")
		}
		if short(out.Compiled) != tt.compiled || out.Linked != tt.linked || short(out.Twins) != tt.twins {
			t.Errorf("%s: compiled %q, linked %v, twins %q", tt.name, short(out.Compiled), out.Linked, short(out.Twins))
		}
		stdout, _, err := testRunner(t.Context(), []string{out.Executable}, "", nil)
		if got := strings.TrimSpace(string(stdout)); err != nil || got != tt.output {
			t.Errorf("%s: the program printed %q, %v", tt.name, got, err)
		}
		same := equal.Program
		if tt.twins != "" {
			same = equal.ButForLines
		}
		if ok, err := same(out.Executable, goRun(t, s)); err != nil || !ok {
			t.Errorf("%s: the same as go run's: %v, %v", tt.name, ok, err)
		}
		if tt.name == "undo" && out.Key != first.Key {
			t.Error("an undone edit has another key")
		}
	}
}

// Each of these is left to the go command; after it is undone, the direct way goes on.
func TestDirectRefuses(t *testing.T) {
	s := setupOf(t)
	d := prepare(t, s)
	for _, tt := range []struct{ name, file, from, to, reason string }{
		{"package clause", "lib/more.go", "package lib", "package lib2", "package clause"},
		{"new import", "lib/more.go", "import \"strings\"", "import (\n\t\"strings\"\n\t_ \"os\"\n)", `"os" is imported now`},
		{"import gone", "lib/lib.go", "_ \"embed\"", "", "imported"},
		{"constraint", "lib/more.go", "package lib", "//go:build linux\n\npackage lib", "directive"},
		{"old constraint", "lib/more.go", "package lib", "// +build linux\n\npackage lib", "directive"},
		{"embed pattern", "lib/lib.go", "go:embed text.txt", "go:embed *.txt", "directive"},
		{"godebug", "app/main.go", "package main", "//go:debug panicnil=1\npackage main", "directive"},
		{"linkname", "lib/lib.go", "var count int", "//go:linkname count lib.other\nvar count int", "directive"},
		{"cgo", "lib/more.go", "import \"strings\"", "import \"C\"\nimport \"strings\"", `imports "C"`},
		{
			"function without a body", "lib/lib.go", "func Small() int { return 1 }",
			"func Small() int { return 1 }\nfunc gone()", "without a body",
		},
		{"assembly", "asm/asm.go", "lib.Small()", "2", "it has assembly"},
		{"importer with assembly", "lib/lib.go", "return 1", "return 2", "it has assembly"},
		{"syntax error", "lib/lib.go", "return 1", "return (", "lib.go"},
		{"type error", "app/main.go", "lib.F(3)", "lib.F(nil)", "compile"},
		{"unused variable", "lib/lib.go", "count += i", "x := 1", "compile"},
	} {
		before, err := os.ReadFile(filepath.Join(s.Dir, filepath.FromSlash(tt.file)))
		if err != nil {
			t.Fatal(err)
		}
		file := s.edit(t, tt.file, tt.from, tt.to)
		_, err = d.Build(t.Context())
		if nd, ok := errors.AsType[*Refusal](err); !ok || !strings.Contains(nd.Reason, tt.reason) {
			t.Errorf("%s: %v", tt.name, err)
		}
		if err := os.WriteFile(file, before, 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Build(t.Context()); err != nil {
			t.Errorf("%s, undone: %v", tt.name, err)
		}
	}
	gone := filepath.Join(s.Dir, "lib", "text.txt")
	if err := os.Remove(gone); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Build(t.Context()); err == nil {
		t.Error("a program is built without a file of its own")
	}
}

// Flags, files and settings under which no recipe is read.
func TestPrepareRefuses(t *testing.T) {
	for _, f := range []string{
		"-overlay=x.json", "-pgo=x.pgo", "-cover", "-covermode=set", "-toolexec=time", "-linkshared",
		"-buildmode=plugin", "-compiler=gccgo", "-n", "--cover",
	} {
		if refusedFlags([]string{"-v", f}) == "" {
			t.Errorf("%s is not refused", f)
		}
	}
	for _, f := range []string{"-tags=x", "-race", "-trimpath", "-ldflags=-s", "-buildmode=pie", "-pgo=off", "-mod=mod"} {
		if why := refusedFlags([]string{f}); why != "" {
			t.Errorf("%s: %s", f, why)
		}
	}
	refused := func(name string, s Setup, reason string) {
		t.Helper()
		_, err := Prepare(t.Context(), s)
		if nd, ok := errors.AsType[*Refusal](err); !ok || !strings.Contains(nd.Reason, reason) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := setupOf(t)
	s.Env = append(s.Env, "GOFLAGS=-cover")
	refused("GOFLAGS", s, "-cover is given in GOFLAGS")

	s = setupOf(t)
	writeFiles(t, s.Dir, map[string]string{"app/default.pgo": ""})
	refused("default.pgo", s, "default.pgo\" is a profile")
	s = setupOf(t, "-pgo=off")
	writeFiles(t, s.Dir, map[string]string{"app/default.pgo": ""})
	prepare(t, s)

	s = setupOf(t)
	s.Packages[0].GoFiles = s.Packages[0].GoFiles[:1]
	refused("a file more", s, "is compiled from")

	s = setupOf(t)
	s.edit(t, "lib/lib.go", "return 1", "return (")
	refused("syntax error", s, "exit status 1")

	s = setupOf(t, "-gcflags=-m")
	refused("compiler that talks", s, `the flag "-m"`)

	// A file that is saved while the go command reads.
	s = setupOf(t)
	s.Run = func(ctx context.Context, argv []string, dir string, env []string) ([]byte, []byte, error) {
		if slices.Contains(argv, "list") {
			s.edit(t, "lib/lib.go", "count += i", "count += 2 * i")
		}
		return testRunner(ctx, argv, dir, env)
	}
	_, err := Prepare(t.Context(), s)
	if _, refusal := errors.AsType[*Refusal](err); err == nil || refusal || !strings.Contains(err.Error(), "changed while") {
		t.Errorf("a save meanwhile is not of the moment: %v", err)
	}
}

// A compiler or linker that is another file than the recipe's is no compiler of this recipe.
func TestToolReplaced(t *testing.T) {
	s := setupOf(t)
	d := prepare(t, s)
	for tool, meta := range d.tools {
		meta.Size++
		d.tools[tool] = meta
	}
	s.edit(t, "app/main.go", "lib.F(3)", "lib.F(4)")
	_, err := d.Build(t.Context())
	if nd, ok := errors.AsType[*Refusal](err); !ok || !strings.Contains(nd.Reason, "was replaced") {
		t.Errorf("error %v", err)
	}
}

// An archive that went from GOCACHE is no reason to build anything but what go build would.
func TestMissingArchive(t *testing.T) {
	s := setupOf(t)
	d := prepare(t, s)
	d.state.Cached["fmt"] = filepath.Join(t.TempDir(), "gone")
	s.edit(t, "app/main.go", "lib.F(3)", "lib.F(4)")
	_, err := d.Build(t.Context())
	if _, ok := errors.AsType[*Refusal](err); !ok {
		t.Errorf("error %v", err)
	}
}

func TestDirectCancelled(t *testing.T) {
	s := setupOf(t)
	d := prepare(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	d.setup.Run = func(c context.Context, argv []string, dir string, env []string) ([]byte, []byte, error) {
		cancel()
		return testRunner(c, argv, dir, env)
	}
	s.edit(t, "lib/lib.go", "count += i", "count += 3 * i")
	if _, err := d.Build(ctx); !errors.Is(err, ctx.Err()) || err == nil {
		t.Errorf("error %v", err)
	}
	d.setup.Run = testRunner
	out, err := d.Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := equal.Program(out.Executable, goRun(t, s)); err != nil || !ok {
		t.Errorf("the same as go run's: %v, %v", ok, err)
	}
}

// Under these flags the direct way's executable is go run's, too.
func TestDirectFlags(t *testing.T) {
	longtest.Skip(t) // it builds the standard library once more for some flags
	for _, flags := range [][]string{
		{"-trimpath"}, {"-ldflags=-X=example.com/m/lib.Text=z"}, {"-tags=a,b"}, {"-gcflags=-N -l"},
	} {
		s := setupOf(t, flags...)
		d := prepare(t, s)
		s.edit(t, "lib/lib.go", "\t\tcount += i", "\n\n\t\tcount += 2*i")
		out, err := d.Build(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Twins) != 1 {
			t.Errorf("%q: twins %q", flags, out.Twins)
		}
		if ok, err := equal.ButForLines(out.Executable, goRun(t, s)); err != nil || !ok {
			t.Errorf("%q: the same as go run's but for lines: %v, %v", flags, ok, err)
		}
		d.setup.Exact = true
		s.edit(t, "lib/more.go", "\"x\"", "\"y\"")
		out, err = d.Build(t.Context())
		if err != nil {
			t.Logf("%q: %v", flags, err) // lib's importer has assembly
		} else if ok, err := equal.Program(out.Executable, goRun(t, s)); err != nil || !ok {
			t.Errorf("%q: the same as go run's: %v, %v", flags, ok, err)
		}
	}
}

// A link that was begun while the twin was compiled is given up when the twin shows that more
// than lines changed; nothing is left.
func TestLinkBegunForNothing(t *testing.T) {
	for _, c := range []struct {
		cpus   int
		useful bool // a twin, before
		early  bool // is this one begun
	}{
		{2, false, false},
		{2, true, true},
		{roomForTwo, false, true},
	} {
		t.Run(fmt.Sprintf("%d processors, useful before %v", c.cpus, c.useful), func(t *testing.T) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(c.cpus))
			linkBegunForNothing(t, c.useful, c.early)
		})
	}
}

func linkBegunForNothing(t *testing.T, useful, early bool) {
	s := setupOf(t)
	s.Packages[1].GoFiles = []string{filepath.Join(s.Dir, "asm", "asm.go")}
	if err := os.Remove(filepath.Join(s.Dir, "asm", "asm.s")); err != nil {
		t.Fatal(err)
	}
	d := prepare(t, s)
	if _, err := d.Build(t.Context()); err != nil {
		t.Fatal(err)
	}
	const lib = "example.com/m/lib"
	d.timings.useful[lib], d.timings.compiles[lib] = useful, time.Hour
	few := runtime.GOMAXPROCS(0) < roomForTwo
	links := 0
	var compiles atomic.Int32
	begun, linked := make(chan struct{}), make(chan struct{}) // closed when the twin, and a link, has begun
	isTwin := func(argv []string) bool {
		return slices.ContainsFunc(argv[len(argv)-2:], func(a string) bool {
			return strings.Contains(a, string(filepath.Separator)+"twin")
		})
	}
	d.setup.Run = func(ctx context.Context, argv []string, dir string, env []string) ([]byte, []byte, error) {
		switch {
		case strings.TrimSuffix(filepath.Base(argv[0]), ".exe") == "link":
			if links++; links == 1 {
				close(linked)
			}
		case isTwin(argv):
			if few {
				t.Errorf("a twin takes from the others: %q", argv)
			}
			close(begun)
			<-linked
		case compiles.Add(1) > 1: // importers
		case early:
			<-begun
		default:
			stdout, stderr, err := testRunner(ctx, argv, dir, env)
			select {
			case <-begun:
				t.Error("the twin is begun beside the real compile")
			default:
			}
			return stdout, stderr, err
		}
		return testRunner(ctx, argv, dir, env)
	}
	d.setup.Behind = func(ctx context.Context, argv []string, dir string, env []string) ([]byte, []byte, error) {
		if !isTwin(argv) || !few {
			t.Errorf("behind, with few processors %v: %q", few, argv)
		}
		close(begun)
		<-linked
		return testRunner(ctx, argv, dir, env)
	}
	// Lines move, and the body of a function changes that importers inline.
	s.edit(t, "lib/lib.go", "\t\tcount += i", "\n\t\tcount += i")
	s.edit(t, "lib/lib.go", "return 1", "return 2")
	out, err := d.Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if links != 2 || len(out.Twins) != 0 || len(out.Compiled) < 2 {
		t.Errorf("%d links, twins of %q, compiled %q", links, out.Twins, out.Compiled)
	}
	if ok, err := equal.Program(out.Executable, goRun(t, s)); err != nil || !ok {
		t.Errorf("the same as go run's: %v, %v", ok, err)
	}
	left, err := filepath.Glob(filepath.Join(s.Work, "link*"))
	if err != nil || len(left) != 2 {
		t.Errorf("directories of links: %q, want those of two executables", left)
	}
}

// File arguments make a package called command-line-arguments.
func TestDirectFiles(t *testing.T) {
	s := setupOf(t)
	s.Target = []string{filepath.Join("app", "main.go")}
	s.Packages[len(s.Packages)-1].ImportPath = "command-line-arguments"
	d := prepare(t, s)
	s.edit(t, "app/main.go", "lib.F(3)", "lib.F(4)")
	out, err := d.Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := equal.Program(out.Executable, goRun(t, s)); err != nil || !ok {
		t.Errorf("the same as go run's: %v, %v", ok, err)
	}
	if filepath.Base(out.Executable) != "main" && filepath.Base(out.Executable) != "main.exe" {
		t.Errorf("executable %q", out.Executable)
	}
}
