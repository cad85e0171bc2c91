package ahead

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorun-dev/gorun/incremental/archive"
	"github.com/gorun-dev/gorun/internal/environ"
	"github.com/gorun-dev/gorun/internal/procgroup"
	"github.com/gorun-dev/gorun/internal/self"
)

// cache is gorun's cache directory for all tests: the linker is built once.
var cache string

func TestMain(m *testing.M) {
	if status, ok := self.Play(os.Args, procgroup.Roles...); ok {
		os.Exit(status)
	}
	dir, err := os.MkdirTemp("", "ahead")
	if err != nil {
		panic(err)
	}
	cache = filepath.Join(dir, "cache")
	status := m.Run()
	os.RemoveAll(dir)
	os.Exit(status)
}

// A module is a module on the disk, and how it is linked.
type module struct {
	t      *testing.T
	dir    string
	target string
	env    []string
	vars   map[string]string
	flags  []string
}

// newModule makes a module of the files given.
func newModule(t *testing.T, files map[string]string) *module {
	t.Helper()
	m := &module{t: t, dir: t.TempDir(), target: "."}
	for name, text := range files {
		m.write(name, text)
	}
	m.readEnv()
	return m
}

func (m *module) readEnv() {
	m.t.Helper()
	if err := json.Unmarshal(m.goCommand("env", "-json"), &m.vars); err != nil {
		m.t.Fatal(err)
	}
	m.env = os.Environ()
	for k, v := range m.vars {
		m.env = environ.Set(m.env, k+"="+v)
	}
}

func (m *module) write(name, text string) {
	m.t.Helper()
	file := filepath.Join(m.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		m.t.Fatal(err)
	}
}

func (m *module) goCommand(args ...string) []byte {
	m.t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = m.dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		m.t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, stderr.Bytes())
	}
	return out
}

// job compiles the module and returns its link.
func (m *module) job(buildID string) *Job {
	m.t.Helper()
	args := append([]string{"list", "-export", "-deps", "-json=ImportPath,Export,Name,Module,CgoFiles"}, m.flags...)
	j := &Job{
		Tool: filepath.Join(m.vars["GOTOOLDIR"], "link"), Args: []string{"-s", "-w", "-buildmode=exe", "-extld=gcc"},
		Env: m.env, Dir: m.dir, Name: "prog", BuildID: buildID, Archives: make(map[string]Archive),
	}
	dec := json.NewDecoder(bytes.NewReader(m.goCommand(append(args, m.target)...)))
	for {
		var p struct {
			ImportPath, Export, Name string
			CgoFiles                 []string
			Module                   *struct{ Main bool }
		}
		if err := dec.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			m.t.Fatal(err)
		}
		if p.Export == "" {
			continue
		}
		a := Archive{Path: p.Export, Identity: p.Export}
		if p.Module != nil && p.Module.Main {
			read, err := archive.Read(p.Export)
			if err != nil {
				m.t.Fatal(err)
			}
			a.Identity = string(read.Identity[:])
			if len(p.CgoFiles) == 0 {
				j.Hot = append(j.Hot, p.ImportPath)
			}
		}
		j.Imports = append(j.Imports, p.ImportPath)
		j.Archives[p.ImportPath] = a
		if p.Name == "main" {
			j.Main = p.ImportPath
		}
	}
	return j
}

// stock has the stock linker make the executable of a job, as its proof.
func (m *module) stock(j *Job) {
	m.t.Helper()
	argv, env, exe, err := j.command(j.Tool, m.t.TempDir())
	if err != nil {
		m.t.Fatal(err)
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = j.Dir, env
	if out, err := cmd.CombinedOutput(); err != nil {
		m.t.Fatalf("link: %v\n%s", err, out)
	}
	j.Proof = exe
}

// newLinker returns a Linker for tests, which compares each link.
func newLinker(t *testing.T) *Linker {
	t.Helper()
	l := New(Config{Cache: cache, Work: t.TempDir(), Compare: true, Debug: t.Logf})
	t.Cleanup(l.Close)
	return l
}

// await waits until a link waits.
func await(t *testing.T, l *Linker) {
	t.Helper()
	if !l.Await(t.Context()) {
		t.Fatalf("no link waits: off %q", l.off)
	}
}
