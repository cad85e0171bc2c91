package reuse

import (
	"bytes"
	"crypto/sha256"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gorun-dev/gorun/incremental/archive"
	"github.com/gorun-dev/gorun/incremental/recipe"
	"github.com/gorun-dev/gorun/internal/environ"
)

// A bench is a directory with package q, which imports package p, and the compiler.
type bench struct {
	t       *testing.T
	dir     string
	objdir  string
	tool    string
	env     []string
	argv    []string // of the compile of q, that the go command would start
	offer   string
	buildID string
}

func newBench(t *testing.T) *bench {
	out, err := exec.Command("go", "tool", "-n", "compile").Output()
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{
		t: t, dir: t.TempDir(), objdir: t.TempDir(), tool: strings.TrimSpace(string(out)),
		env: environ.Set(os.Environ(), "GOAMD64=v1"), buildID: "theid/theid",
	}
	b.write("p.go", "package p\n\nfunc F() int { return 1 }\n")
	b.write("q.go", "package q\n\nimport (\n\t\"p\"\n\t_ \"embed\"\n)\n\n"+
		"//go:embed text\nvar T string\n\nfunc G() int { return p.F() }\n")
	b.write("embed.go", "package embed\n")
	b.write("text", "text")
	b.write("embedcfg", `{"Patterns": {"text": ["text"]}, "Files": {"text": "`+filepath.ToSlash(b.path("text"))+`"}}`)
	b.compile("-o", b.path("embed.a"), "-p", "embed", "-complete", "-pack", b.path("embed.go"))
	b.compile("-o", b.path("p.a"), "-p", "p", "-complete", "-pack", b.path("p.go"))
	b.write("importcfg", "# import config\npackagefile p="+b.path("p.a")+"\npackagefile embed="+b.path("embed.a")+"\n")
	b.argv = []string{
		b.tool, "-o", filepath.Join(b.objdir, "q.a"), "-trimpath", b.objdir + "=>", "-p", "q",
		"-lang=go1.24", "-complete", "-buildid", b.buildID, "-c=2", "-importcfg", b.path("importcfg"),
		"-embedcfg", b.path("embedcfg"), "-pack", b.path("q.go"),
	}
	return b
}

func (b *bench) path(name string) string { return filepath.Join(b.dir, name) }

func (b *bench) write(name, text string) {
	b.t.Helper()
	if err := os.WriteFile(b.path(name), []byte(text), 0o666); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) read(name string) []byte {
	b.t.Helper()
	text, err := os.ReadFile(b.path(name))
	if err != nil {
		b.t.Fatal(err)
	}
	return text
}

// archive returns the archive of q.
func (b *bench) archive() []byte {
	b.t.Helper()
	data, err := os.ReadFile(filepath.Join(b.objdir, "q.a"))
	if err != nil {
		b.t.Fatal(err)
	}
	return data
}

func (b *bench) compile(args ...string) {
	b.t.Helper()
	if out, err := exec.Command(b.tool, args...).CombinedOutput(); err != nil {
		b.t.Fatalf("%v: %v\n%s", args, err, out)
	}
}

// compileAndOffer compiles q under another build ID and in another directory, and offers the archive.
func (b *bench) compileAndOffer() {
	b.t.Helper()
	id := "gorungorung"[:len(b.buildID)]
	objdir := b.t.TempDir()
	argv := slices.Clone(b.argv[1:])
	for i, a := range argv {
		argv[i] = strings.ReplaceAll(a, b.buildID, id)
	}
	argv[1], argv[3] = filepath.Join(objdir, "q.a"), objdir+"=>"
	b.compile(argv...)
	call, ok := recipe.ParseCall(append([]string{b.tool}, argv...), os.ReadFile)
	if !ok {
		b.t.Fatalf("not understood: %q", argv)
	}
	key, err := Input{Dir: b.dir, Env: b.env, Step: &call.Step,
		Sources: func(file string) (archive.Sum, error) {
			text, err := os.ReadFile(file)
			return sha256.Sum256(text), err
		},
		Archives: func(path string) (string, error) {
			if path == "embed" {
				return InCache(call.Archives[path]), nil
			}
			a, err := archive.Read(call.Archives[path])
			return Identity(a), err
		},
	}.Key()
	if err != nil {
		b.t.Fatal(err)
	}
	a, err := archive.Read(call.Out)
	if err != nil {
		b.t.Fatal(err)
	}
	b.offer = b.t.TempDir()
	item := Item{Path: call.Out, BuildID: id, Identity: Identity(a)}
	o := Offer{Packages: []string{"p", "q"}, Archives: map[string]Item{key: item}}
	if err := o.Write(b.offer); err != nil {
		b.t.Fatal(err)
	}
}

// What is reused is byte for byte what the compiler would have written.
func TestAnswer(t *testing.T) {
	b := newBench(t)
	b.compileAndOffer()
	if err := Answer(b.offer, b.argv, b.dir, b.env); err != nil {
		t.Fatal(err)
	}
	got := b.archive()
	if n := Answered(b.offer); n != 1 {
		t.Errorf("%d archives were reused", n)
	}
	b.compile(b.argv[1:]...)
	if !bytes.Equal(got, b.archive()) {
		t.Error("the compiler makes another archive")
	}
	// What stands in its place in another archive of the same content does not count: p's build ID.
	b.compile("-o", b.path("p.a"), "-p", "p", "-complete", "-buildid", "another", "-pack", b.path("p.go"))
	if err := Answer(b.offer, b.argv, b.dir, b.env); err != nil {
		t.Errorf("p under another build ID: %v", err)
	}
}

// Nothing is reused where any input is another one, and nothing is left behind.
func TestMiss(t *testing.T) {
	replaced := func(b *bench, from, to string) {
		for i, a := range b.argv {
			if a == from {
				b.argv[i] = to
				return
			}
		}
		b.t.Fatalf("no %q in %q", from, b.argv)
	}
	for name, change := range map[string]func(b *bench){
		"source":   func(b *bench) { b.write("q.go", string(b.read("q.go"))+"\n") },
		"embedded": func(b *bench) { b.write("text", "words") },
		"embedcfg": func(b *bench) {
			b.write("embedcfg", strings.Replace(string(b.read("embedcfg")), `"text": ["text"]`, `"te*": ["text"]`, 1))
		},
		"flag":     func(b *bench) { replaced(b, "-lang=go1.24", "-lang=go1.23") },
		"new flag": func(b *bench) { b.argv = slices.Insert(b.argv, 5, "-N") },
		"strange flag": func(b *bench) {
			b.argv = slices.Insert(b.argv, 5, "-asmhdr", b.path("go_asm.h"))
		},
		"another tool": func(b *bench) { b.argv[0] = filepath.Join(filepath.Dir(b.tool), "link") },
		"source in the objdir": func(b *bench) {
			b.argv[2], b.argv[4] = b.path("q.a"), b.dir+"=>" // where its name is trimmed
		},
		"build ID":    func(b *bench) { replaced(b, b.buildID, "longer/than/it/was") },
		"environment": func(b *bench) { b.env = environ.Set(b.env, "GOAMD64=v3") },
		// The export data are the same: an importer that only they would have answered.
		"body of an import": func(b *bench) {
			b.write("p.go", "package p\n\nfunc F() int { return 1 }\n\nvar x = []int{1}\n\nfunc init() { x[0]++ }\n")
			b.compile("-o", b.path("p.a"), "-p", "p", "-complete", "-pack", b.path("p.go"))
		},
		"archive in GOCACHE": func(b *bench) {
			b.write("other.a", string(b.read("embed.a")))
			b.write("importcfg", strings.Replace(string(b.read("importcfg")), "embed.a", "other.a", 1))
		},
		"damage": func(b *bench) {
			o, err := os.ReadFile(filepath.Join(b.offer, offerFile))
			if err != nil {
				b.t.Fatal(err)
			}
			_, rest, _ := strings.Cut(string(o), `"Path":"`)
			path, _, _ := strings.Cut(rest, `"`)
			data, err := os.ReadFile(path)
			if err != nil {
				b.t.Fatal(err)
			}
			data[len(data)-3] ^= 1
			if err := os.WriteFile(path, data, 0o666); err != nil {
				b.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.compileAndOffer()
			change(b)
			if err := Answer(b.offer, b.argv, b.dir, b.env); err == nil {
				t.Error("it was answered")
			}
			if _, err := os.Stat(filepath.Join(b.objdir, "q.a")); err == nil {
				t.Error("an archive was left behind")
			}
			if Answered(b.offer) != 0 {
				t.Error("it counts as reused")
			}
		})
	}
}
