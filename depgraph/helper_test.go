package depgraph

import (
	"context"
	"encoding/json"
	"os"
	osexec "os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/gorun-dev/gorun/internal/environ"
)

// A program is a tree on disk with what loads it.
type program struct {
	t   *testing.T
	dir string
	cfg Config
	g   *Graph
	err error
}

// newProgram writes a txtar archive to a temporary directory. args are build flags
// and then the package or files; "-C=sub" chooses the directory that go runs in.
func newProgram(t *testing.T, archive string, args ...string) *program {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir()) // macOS: /var is a link
	if err != nil {
		t.Fatal(err)
	}
	p := &program{t: t, dir: dir}
	p.write(archive)
	p.configure(args...)
	return p
}

func (p *program) configure(args ...string) {
	p.cfg = Config{Dir: p.dir}
	for _, arg := range args {
		switch sub, isDir := strings.CutPrefix(arg, "-C="); {
		case isDir:
			p.cfg.Dir = filepath.Join(p.dir, sub)
		case strings.HasPrefix(arg, "-"):
			p.cfg.BuildFlags = append(p.cfg.BuildFlags, arg)
		default:
			p.cfg.Patterns = append(p.cfg.Patterns, arg)
		}
	}
	p.setenv("GOFLAGS=", "GOWORK=", "GOENV="+filepath.Join(p.dir, "goenv"), "GOTOOLCHAIN=local", "GOPROXY=off",
		"GO111MODULE=")
}

// setenv gives the go command variables over the test's own.
func (p *program) setenv(kvs ...string) {
	if p.cfg.Env == nil {
		p.cfg.Env = os.Environ()
	}
	p.cfg.Env = environ.Set(p.cfg.Env, kvs...)
	p.cfg.GoEnv = func(ctx context.Context) (map[string]string, error) {
		out, err := p.goCommand("env", "-json")
		if err != nil {
			return nil, err
		}
		vars := map[string]string{}
		return vars, json.Unmarshal(out, &vars)
	}
}

func (p *program) goCommand(args ...string) ([]byte, error) {
	cmd := osexec.Command("go", args...)
	cmd.Dir = p.cfg.Dir
	cmd.Env = environ.Set(p.cfg.Env, "PWD="+p.cfg.Dir)
	return cmd.Output()
}

func (p *program) path(name string) string {
	return filepath.Join(p.dir, filepath.FromSlash(name))
}

// write writes the files of an archive; a file called x → y is a link.
func (p *program) write(archive string) {
	p.t.Helper()
	for _, f := range txtar.Parse([]byte(archive)).Files {
		p.put(f.Name, string(f.Data))
	}
}

func (p *program) put(name, content string) {
	p.t.Helper()
	path := p.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		p.t.Fatal(err)
	}
}

func (p *program) get(name string) string {
	p.t.Helper()
	data, err := os.ReadFile(p.path(name))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(data)
}

func (p *program) replace(name, old, new string) {
	p.t.Helper()
	text := p.get(name)
	if !strings.Contains(text, old) {
		p.t.Fatalf("%s does not contain %q", name, old)
	}
	p.put(name, strings.Replace(text, old, new, 1))
}

func (p *program) rename(from, to string) {
	p.t.Helper()
	os.MkdirAll(filepath.Dir(p.path(to)), 0o777)
	if err := os.Rename(p.path(from), p.path(to)); err != nil {
		p.t.Fatal(err)
	}
}

func (p *program) remove(name string) {
	p.t.Helper()
	if err := os.RemoveAll(p.path(name)); err != nil {
		p.t.Fatal(err)
	}
}

func (p *program) link(target, name string) {
	p.t.Helper()
	if err := os.Symlink(target, p.path(name)); err != nil {
		p.t.Skip(err)
	}
}

// load loads, and fails the test if nothing can be listed.
func (p *program) load() *program {
	p.t.Helper()
	p.reload()
	if p.err != nil {
		p.t.Fatal(p.err)
	}
	return p
}

func (p *program) reload() {
	p.g, p.err = Load(p.t.Context(), p.cfg, p.g)
}

// classify says what these paths mean, and requires that looking at everything
// comes to the same kind.
func (p *program) classify(names ...string) Change {
	p.t.Helper()
	var paths []string
	for _, name := range names {
		if !filepath.IsAbs(name) {
			name = p.path(name)
		}
		paths = append(paths, name)
	}
	c := Classify(p.g, paths)
	if all := Classify(p.g, nil); all.Kind != c.Kind {
		p.t.Errorf("Classify(%v) = %v\nbut looking at everything: %v", names, c, all)
	}
	return c
}

// expect classifies, and follows the change as the loop would: Update, and Load
// after a Reload.
func (p *program) expect(kind Kind, reason string, names ...string) Change {
	p.t.Helper()
	c := p.classify(names...)
	if c.Kind != kind {
		p.t.Errorf("Classify(%v): %v, want %v\n%v", names, c.Kind, kind, c)
	}
	if !strings.Contains(c.String(), reason) {
		p.t.Errorf("Classify(%v) gives as reason:\n%v\nwant %q", names, c, reason)
	}
	p.follow(c)
	return c
}

func (p *program) follow(c Change) {
	p.t.Helper()
	p.g = p.g.Update(c)
	if c.Kind == Reload {
		p.reload()
	}
	if again := Classify(p.g, nil); again.Kind != None {
		p.t.Errorf("after Update and Load, Classify still says %v", again)
	}
}

// why checks the words for a file.
func (p *program) why(name string, in bool, want string) {
	p.t.Helper()
	gotIn, got := p.g.Why(p.path(name))
	if gotIn != in || got != want {
		p.t.Errorf("Why(%s) = %v, %q\nwant %v, %q", name, gotIn, got, in, want)
	}
}

// rels makes paths relative to the tree, for comparison.
func (p *program) rels(paths []string) []string {
	list := []string{}
	for _, path := range paths {
		rel, err := filepath.Rel(p.dir, path)
		if err != nil {
			rel = path
		}
		list = append(list, filepath.ToSlash(rel))
	}
	return list
}

func (p *program) wantInputs(want ...string) {
	p.t.Helper()
	if got := p.rels(p.g.Inputs()); !slices.Equal(got, want) {
		p.t.Errorf("Inputs:\n got %v\nwant %v", got, want)
	}
}

// watched reports whether a directory is in the set to watch.
func (p *program) watched(name string) bool {
	return slices.Contains(p.g.WatchDirs(), p.path(name))
}

var farPast, farFuture = time.Unix(0, 0), time.Now().Add(1000 * time.Hour)
