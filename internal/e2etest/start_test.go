//go:build unix

package e2etest

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	osexec "os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gorun-dev/gorun/internal/longtest"
	"github.com/gorun-dev/gorun/internal/proctest"
)

var (
	startSteps = flag.Int("start.steps", 0, "how many random changes TestStartRandom makes; 0 means 6, and 40 with the long tests")
	startSeed  = flag.Uint64("start.seed", 0, "seed of TestStartRandom, 0 for another each time")
)

// startFiles is a program that prints what it is built from.
var startFiles = map[string]string{
	"m/go.mod": "module example.com/m\n\ngo 1.24\n\nrequire example.com/dep v1.0.0\n\nreplace example.com/dep => ../dep\n",
	"m/main.go": `package main

import (
	"embed"
	"fmt"
	"io/fs"
	"runtime"
	"runtime/debug"

	"example.com/dep"
	"example.com/m/lib"
)

//go:embed static
var static embed.FS

func main() {
	fmt.Println(lib.Words, dep.Word, tagged, runtime.Version())
	fs.WalkDir(static, ".", func(path string, d fs.DirEntry, err error) error {
		if !d.IsDir() {
			b, _ := static.ReadFile(path)
			fmt.Printf("%s: %s\n", path, b)
		}
		return err
	})
	info, _ := debug.ReadBuildInfo()
	fmt.Println(info)
}
`,
	"m/plain.go":        "//go:build !extra\n\npackage main\n\nconst tagged = 0\n",
	"m/extra.go":        "//go:build extra\n\npackage main\n\nconst tagged = 1\n",
	"m/lib/lib.go":      "package lib\n\nvar Words []string\n\nfunc init() { Words = append(Words, \"word-0\") }\n",
	"m/static/a.txt":    "text-0",
	"m/static/d/b.txt":  "text-1",
	"dep/go.mod":        "module example.com/dep\n\ngo 1.24\n",
	"dep/dep.go":        "package dep\n\nconst Word = \"dep-0\"\n",
	"other/go.mod":      "module example.com/dep\n\ngo 1.24\n",
	"other/dep.go":      "package dep\n\nconst Word = \"dep-9\"\n",
	"second/lib.go":     "package lib\n\nvar Words []string\n\nfunc init() { Words = append(Words, \"word-9\") }\n",
	"conf/goenv":        "",
	"home/.placeholder": "",
}

// A startRig is the program of startFiles, and how it is run.
type startRig struct {
	t       *testing.T
	root    string
	gorun   string
	env     []string // beside what the process has
	flags   []string
	args    []string // what is run; nil is "."
	hits    int
	ok      bool   // the program was built, the last time
	printed string // what the program printed, the last time
	own     string // what gorun said of itself the last time
	n       int    // makes each content another one
	undo    []func()

	liveHits, liveDirect int // starts of live sessions without a build, and their direct builds
}

func newStartRig(t *testing.T) *startRig {
	t.Helper()
	r := &startRig{t: t, root: t.TempDir(), gorun: filepath.Join(t.TempDir(), "gorun")}
	proctest.Install(t, r.gorun)
	r.reset()
	// A recorder may be at work in the directory when the test is over.
	t.Cleanup(r.recorded)
	return r
}

// reset makes everything as at first, but for the cache.
func (r *startRig) reset() {
	for _, name := range []string{"m", "dep", "other", "second", "conf", "link", "go.work", "bin"} {
		r.must(os.RemoveAll(r.path(name)))
	}
	for name, content := range startFiles {
		r.write(name, content)
	}
	r.env, r.flags, r.undo = nil, nil, nil
}

func (r *startRig) path(name string) string { return filepath.Join(r.root, filepath.FromSlash(name)) }

func (r *startRig) write(name, content string) {
	r.t.Helper()
	if err := os.MkdirAll(filepath.Dir(r.path(name)), 0o777); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(r.path(name), []byte(content), 0o666); err != nil {
		r.t.Fatal(err)
	}
}

func (r *startRig) read(name string) string {
	r.t.Helper()
	b, err := os.ReadFile(r.path(name))
	if err != nil {
		r.t.Fatal(err)
	}
	return string(b)
}

func (r *startRig) command(name string, args ...string) *osexec.Cmd {
	if name == "go" {
		name = r.goCommand()
	}
	cmd := osexec.Command(name, args...)
	cmd.Dir = r.path("m")
	cmd.Env = append(os.Environ(),
		"PWD="+cmd.Dir, "GORUNCACHE="+r.path("cache"), "GOENV="+r.path("conf/goenv"),
		"GOFLAGS=", "GOWORK=", "GOPROXY=off", "CI=", "GORUNDEBUG=plan")
	cmd.Env = append(cmd.Env, r.env...)
	return cmd
}

// goCommand is the go command of the PATH that commands get.
func (r *startRig) goCommand() string {
	for _, kv := range slices.Backward(r.env) {
		if path, ok := strings.CutPrefix(kv, "PATH="); ok {
			for _, dir := range filepath.SplitList(path) {
				if file, err := osexec.LookPath(filepath.Join(dir, "go")); err == nil {
					return file
				}
			}
		}
	}
	return "go"
}

// run returns what a command prints, without gorun's own lines, and how it ends.
func (r *startRig) run(cmd *osexec.Cmd) (out, own string, ok bool) {
	r.t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *osexec.ExitError
	if err != nil && !errors.As(err, &exit) {
		r.t.Fatal(err)
	}
	mine := regexp.MustCompile(`(?m)^gorun: .*\n`)
	for _, line := range mine.FindAllString(stderr.String(), -1) {
		own += line
	}
	return stdout.String() + mine.ReplaceAllString(stderr.String(), ""), own, err == nil
}

// same fails unless gorun prints what go run prints.
func (r *startRig) same(what string) {
	r.t.Helper()
	args := r.args
	if args == nil {
		args = []string{"."}
	}
	args = slices.Concat(r.flags, args)
	got, own, gotOK := r.run(r.command(r.gorun, append([]string{"-once"}, args...)...))
	want, _, wantOK := r.run(r.command("go", append([]string{"run"}, args...)...))
	if got != want || gotOK != wantOK {
		r.t.Fatalf("%s: gorun prints\n%s\ngo run prints\n%s\ngorun says\n%s", what, got, want, own)
	}
	r.own, r.ok, r.printed = own, wantOK, want
	r.t.Logf("%s: ok %v: %s", what, wantOK, strings.ReplaceAll(own, "\n", " "))
	if strings.Contains(own, "nothing changed") {
		r.hits++
	}
}

// recorded waits until no recorder is at work.
func (r *startRig) recorded() {
	for range 4000 {
		busy := false
		locks, _ := filepath.Glob(r.path("cache/start/*.lock"))
		for _, file := range locks {
			f, err := os.Open(file)
			if err != nil {
				continue
			}
			busy = busy || unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB) != nil
			f.Close()
		}
		if !busy {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// A second start runs the executable of the first, whatever of the project is
// touched, and no other one.
func TestStartAgain(t *testing.T) {
	r := newStartRig(t)
	r.same("first")
	r.recorded()
	r.same("second")
	if r.hits != 1 {
		t.Fatal("the second start was built")
	}
	now := time.Now().Add(-time.Hour)
	if err := os.Chtimes(r.path("m/main.go"), now, now); err != nil {
		t.Fatal(err)
	}
	r.write("m/README.md", "no source")
	r.same("touched")
	if r.hits != 2 {
		t.Errorf("a touched file and one that is no source had the program built: %s", r.own)
	}
}

func TestStartRandom(t *testing.T) {
	t.Parallel()
	r := newStartRig(t)
	seed := *startSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	steps := cmp.Or(*startSteps, longtest.Cases(4, 40))
	r.same("at first")
	broken := 0
	for i := range steps {
		if broken = broken + 1; r.ok {
			broken = 0
		}
		if broken > 4 {
			r.reset() // to learn more than that a broken program stays broken
			r.same("anew")
		}
		if rnd.IntN(4) > 0 {
			r.recorded() // else the recorder meets the change
		}
		var what string
		if len(r.undo) > 0 && (rnd.IntN(4) == 0 || !r.ok && rnd.IntN(4) > 0) {
			k := len(r.undo) - 1
			if r.ok {
				k = rnd.IntN(k + 1)
			}
			undo := r.undo[k]
			r.undo = append(r.undo[:k], r.undo[k+1:]...)
			undo()
			what = "undone"
		} else {
			c := startChanges[rnd.IntN(len(startChanges))]
			what = c.name
			c.do(r)
		}
		what = fmt.Sprintf("step %d: %s", i, what)
		r.same(what)
		if r.ok && rnd.IntN(2) == 0 {
			r.recorded()
			r.same(what + ", again")
		}
		if r.ok && rnd.IntN(3) == 0 {
			r.live(rnd, what)
			if rnd.IntN(2) == 0 {
				r.live(rnd, what+", once more") // at once, while a recorder may be at work
			}
			r.same(what + ", after live sessions")
		}
	}
	t.Logf("%d starts without a build; of live ones %d, with %d direct builds", r.hits, r.liveHits, r.liveDirect)
	if r.hits < steps/10 {
		t.Errorf("only %d starts without a build in %d steps: the test has no power", r.hits, steps)
	}
}

// next returns text of always the same length.
func (r *startRig) next() string {
	r.n++
	return fmt.Sprintf("%06d", r.n)
}

var startWord = regexp.MustCompile(`(word|dep|text)-\d+`)

// reword returns the content of a file with another word in it.
func (r *startRig) reword(name string) string {
	n := r.next()
	return startWord.ReplaceAllStringFunc(r.read(name), func(w string) string {
		kind, _, _ := strings.Cut(w, "-")
		return kind + "-" + n
	})
}

func (r *startRig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *startRig) mtime(name string) time.Time {
	fi, err := os.Stat(r.path(name))
	r.must(err)
	return fi.ModTime()
}

// later notes how to take a change back.
func (r *startRig) later(undo func()) { r.undo = append(r.undo, undo) }

// toggle makes a file that is not there, and notes how to remove it.
func (r *startRig) toggle(name, content string) {
	if _, err := os.Lstat(r.path(name)); err == nil {
		r.must(os.Remove(r.path(name)))
		return
	}
	r.write(name, content)
	r.later(func() { os.Remove(r.path(name)) })
}

func (r *startRig) setenv(kv string) {
	before := r.env
	r.env = append(before[:len(before):len(before)], kv)
	r.later(func() {
		r.env = append(r.env[:len(r.env):len(r.env)], kv[:strings.Index(kv, "=")+1])
	})
}

// swap exchanges two directories.
func (r *startRig) swap(a, b string) {
	r.must(os.Rename(r.path(a), r.path("swap")))
	r.must(os.Rename(r.path(b), r.path(a)))
	r.must(os.Rename(r.path("swap"), r.path(b)))
}

var startChanges = []struct {
	name string
	do   func(r *startRig)
}{
	{"a source is written", func(r *startRig) { r.write("m/lib/lib.go", r.reword("m/lib/lib.go")) }},
	{"a replacement's source is written", func(r *startRig) { r.write("dep/dep.go", r.reword("dep/dep.go")) }},
	{"an embedded file is written", func(r *startRig) { r.write("m/static/a.txt", r.reword("m/static/a.txt")) }},
	{"a source of the same size and mtime", func(r *startRig) {
		was := r.mtime("m/lib/lib.go")
		r.write("m/lib/lib.go", r.reword("m/lib/lib.go"))
		r.must(os.Chtimes(r.path("m/lib/lib.go"), was, was))
	}},
	{"an embedded file of the same size and mtime", func(r *startRig) {
		was := r.mtime("m/static/d/b.txt")
		r.write("m/static/d/b.txt", r.reword("m/static/d/b.txt"))
		r.must(os.Chtimes(r.path("m/static/d/b.txt"), was, was))
	}},
	{"a source with an old mtime, renamed over", func(r *startRig) {
		was := r.mtime("dep/dep.go")
		r.write("dep/dep.new", r.reword("dep/dep.go"))
		r.must(os.Chtimes(r.path("dep/dep.new"), was, was))
		r.must(os.Rename(r.path("dep/dep.new"), r.path("dep/dep.go")))
	}},
	{"a source of tomorrow", func(r *startRig) {
		r.write("m/lib/lib.go", r.reword("m/lib/lib.go"))
		at := time.Now().Add(24 * time.Hour)
		r.must(os.Chtimes(r.path("m/lib/lib.go"), at, at))
	}},
	{"a source of long ago", func(r *startRig) {
		r.write("m/lib/lib.go", r.reword("m/lib/lib.go"))
		at := time.Now().Add(-1000 * time.Hour)
		r.must(os.Chtimes(r.path("m/lib/lib.go"), at, at))
	}},
	{"sources touched", func(r *startRig) {
		at := time.Now().Add(-time.Minute)
		r.must(os.Chtimes(r.path("m/main.go"), at, at))
		r.must(os.Chtimes(r.path("m/go.mod"), at, at))
	}},
	{"another source", func(r *startRig) {
		r.toggle("m/lib/more.go", "package lib\n\nfunc init() { Words = append(Words, \"more-"+r.next()+"\") }\n")
	}},
	{"another source for another system", func(r *startRig) {
		r.toggle("m/lib/lib_plan9.go",
			"package lib\n\nbroken"+r.next())
	}},
	{"a source renamed", func(r *startRig) {
		for _, from := range []string{"m/lib/lib.go", "m/lib/renamed.go"} {
			if _, err := os.Stat(r.path(from)); err == nil {
				to := map[string]string{"m/lib/lib.go": "m/lib/renamed.go", "m/lib/renamed.go": "m/lib/lib.go"}[from]
				r.must(os.Rename(r.path(from), r.path(to)))
				r.must(os.Rename(r.path(to), r.path(from))) // and back: its names are the other changes'
				return
			}
		}
	}},
	{"another embedded file", func(r *startRig) { r.toggle("m/static/new.txt", "new-"+r.next()) }},
	{"another embedded file in another directory", func(r *startRig) {
		r.toggle("m/static/d/e/new.txt",
			"new-"+r.next())
	}},
	{"a hidden file among the embedded", func(r *startRig) { r.toggle("m/static/.hidden", r.next()) }},
	{"a replaced directory", func(r *startRig) { r.swap("dep", "other") }},
	{"a package's directory replaced", func(r *startRig) { r.swap("m/lib", "second") }},
	{"a directory that is a link, pointed elsewhere", func(r *startRig) {
		was := r.read("m/go.mod")
		r.must(errors.Join(os.RemoveAll(r.path("link")), os.Symlink("other", r.path("link"))))
		r.write("m/go.mod", strings.Replace(was, "=> ../dep\n", "=> ../link\n", 1))
		r.later(func() {
			r.must(errors.Join(os.Remove(r.path("link")), os.Symlink("dep", r.path("link"))))
			r.later(func() { r.write("m/go.mod", strings.Replace(r.read("m/go.mod"), "../link", "../dep", 1)) })
		})
	}},
	{"go.mod with another replacement", func(r *startRig) {
		was := r.mtime("m/go.mod")
		to := strings.NewReplacer("../dep\n", "../other\n", "../other\n", "../dep\n")
		r.write("m/go.mod", to.Replace(r.read("m/go.mod")))
		r.must(os.Chtimes(r.path("m/go.mod"), was, was))
	}},
	{"go.mod with another language version", func(r *startRig) {
		to := strings.NewReplacer("go 1.24", "go 1.23", "go 1.23", "go 1.25", "go 1.25", "go 1.24")
		r.write("m/go.mod", to.Replace(r.read("m/go.mod")))
	}},
	{"go.mod broken", func(r *startRig) {
		r.write("m/go.mod", r.read("m/go.mod")+"\nbroken\n")
		r.later(func() { r.write("m/go.mod", strings.ReplaceAll(r.read("m/go.mod"), "\nbroken\n", "")) })
	}},
	{"go.mod in a package's directory", func(r *startRig) { r.toggle("m/lib/go.mod", "module example.com/m/lib\n") }},
	{"go.mod in an embedded directory", func(r *startRig) { r.toggle("m/static/d/go.mod", "module x\n") }},
	{"go.work above", func(r *startRig) { r.toggle("go.work", "go 1.26\n\nuse ./m\n\nuse ./other\n") }},
	{"go.work", func(r *startRig) { r.toggle("m/go.work", "go 1.26\n\nuse .\n") }},
	{"go.sum", func(r *startRig) { r.toggle("m/go.sum", "") }},
	{"vendor", func(r *startRig) {
		r.toggle("m/vendor/modules.txt", "# example.com/dep v1.0.0 => ../dep\n## explicit; go 1.24\nexample.com/dep\n")
	}},
	{"default.pgo", func(r *startRig) { r.toggle("m/default.pgo", "no profile") }},
	{"a source broken", func(r *startRig) { r.toggle("m/lib/broken.go", "package lib\n\nfunc "+r.next()) }},
	{"another tag", func(r *startRig) {
		r.flags = []string{"-tags=extra"}
		r.later(func() { r.flags = nil })
	}},
	{"flags of the linker", func(r *startRig) {
		r.flags = []string{"-ldflags=-X=main.x=" + r.next()}
		r.later(func() { r.flags = nil })
	}},
	{"GOFLAGS", func(r *startRig) { r.setenv("GOFLAGS=-tags=extra") }},
	{"GOAMD64", func(r *startRig) { r.setenv("GOAMD64=v2") }},
	{"CGO_ENABLED", func(r *startRig) { r.setenv("CGO_ENABLED=0") }},
	{"CGO_CFLAGS", func(r *startRig) { r.setenv("CGO_CFLAGS=-O1") }},
	{"GOWORK", func(r *startRig) { r.setenv("GOWORK=off") }},
	{"go env -w", func(r *startRig) {
		r.write("conf/goenv", "GOAMD64=v2\nGODEBUG=x"+r.next()+"=1\n")
		r.later(func() { r.write("conf/goenv", "") })
	}},
	{"go env -w of flags", func(r *startRig) {
		r.write("conf/goenv", "GOFLAGS=-tags=extra\n")
		r.later(func() { r.write("conf/goenv", "") })
	}},
	{"a constraint", func(r *startRig) {
		r.write("m/lib/tagged.go", "//go:build extra\n\npackage lib\n\nfunc init() { Words = append(Words, \"tagged\") }\n")
		r.later(func() {
			r.write("m/lib/tagged.go", "package lib\n\nfunc init() { Words = append(Words, \"tagged\") }\n")
			r.later(func() { os.Remove(r.path("m/lib/tagged.go")) })
		})
	}},
	{"PATH", func(r *startRig) {
		r.write("bin/unused", "")
		r.setenv("PATH=" + r.path("bin") + string(filepath.ListSeparator) + os.Getenv("PATH"))
		r.undo[len(r.undo)-1] = func() { r.env = append(r.env[:len(r.env):len(r.env)], "PATH="+os.Getenv("PATH")) }
	}},
}
