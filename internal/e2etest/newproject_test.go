//go:build linux

package e2etest

import (
	"bytes"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/internal/longtest"
	"github.com/gorun-dev/gorun/internal/proctest"
)

// A newProject is what gorun -new has made.
type newProject struct {
	dir, gorun string
	env        []string
}

func makeNewProject(t *testing.T) newProject {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	p := newProject{
		dir: filepath.Join(root, "shop"), gorun: filepath.Join(root, "bin", "gorun"),
		env: append(os.Environ(), "GORUNCACHE=off", "CI=", "GOFLAGS=", "GOWORK=off"),
	}
	proctest.Install(t, p.gorun)
	cmd := osexec.Command(p.gorun, "-new", "example.com/shop")
	cmd.Dir, cmd.Env = root, p.env
	if words, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("gorun -new: %v\n%s", err, words)
	}
	return p
}

// edit replaces a text in a file of the project.
func (p newProject) edit(t *testing.T, file, old, text string) {
	t.Helper()
	path := filepath.Join(p.dir, filepath.FromSlash(file))
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	after := bytes.ReplaceAll(before, []byte(old), []byte(text))
	if bytes.Equal(before, after) {
		t.Fatalf("%s has no %q", file, old)
	}
	if err := os.WriteFile(path, after, 0o666); err != nil {
		t.Fatal(err)
	}
}

// page returns the project's page as a browser gets it, or what went wrong.
func page(port string) string {
	r, err := http.NewRequest("GET", "http://127.0.0.1:"+port+"/", nil)
	if err != nil {
		return err.Error()
	}
	r.Header.Set("User-Agent", "Mozilla/5.0")
	r.Header.Set("Accept", "text/html")
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: proctest.Limit}
	response, err := client.Do(r)
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err.Error()
	}
	return string(body)
}

// TestNewProject is the first hour with a new project: it runs, a save of the page is seen in the page,
// a broken line breaks nothing, and mended it is swapped in; then a state that code is generated for.
func TestNewProject(t *testing.T) {
	longtest.Skip(t)
	t.Parallel()
	if _, err := exec.KeepPorts(nil, nil); err != nil {
		t.Skipf("ports are not kept here: %v", err)
	}
	p := makeNewProject(t)
	port := freePort(t, random(t))
	p.edit(t, "gorun.toml", "8080", port)
	p.edit(t, "internal/config/dev.go", "8080", port)

	var said proctest.Output // by gorun and the programs
	cmd := osexec.Command(p.gorun, "-programs")
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = p.dir, p.env, &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		cmd.Wait()
		close(ended)
	}()
	defer func() {
		cmd.Process.Signal(syscall.SIGTERM)
		<-ended
	}()
	await := func(what string, cond func() bool) {
		t.Helper()
		if !proctest.Eventually(cond, ended) {
			t.Fatalf("%s: not seen. The page:\n%s\nWhat was said:\n%s", what, page(port), &said)
		}
	}
	shows := func(text string) {
		t.Helper()
		await(text, func() bool { return strings.Contains(page(port), text) })
	}
	says := func(text string) {
		t.Helper()
		await(text, func() bool { return strings.Contains(said.String(), text) })
	}
	add := func(text string) {
		t.Helper()
		response, err := http.PostForm("http://127.0.0.1:"+port+"/jobs", url.Values{"text": {text}})
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusOK { // of the page that the answer leads to
			t.Fatalf("adding a job: %s", response.Status)
		}
	}

	says("worker │ ")
	shows("/.gorun/browser.js")
	add("a text of words")
	shows(`<li class="done">a text of words <span>4 words</span></li>`)

	p.edit(t, "internal/web/page.html", "<button>Count", "<button>Count them")
	shows("<button>Count them</button>")
	says("gorun: internal/web/page.html: api swapped in ")

	p.edit(t, "cmd/worker/main.go", `"%d words"`, `"%d words in all" oops`)
	says("gorun: worker: build failed; the program runs on\n")
	add("still running")
	shows("<span>2 words</span>")
	p.edit(t, "cmd/worker/main.go", ` oops`, ``)
	says("gorun: cmd/worker/main.go: worker swapped in ")
	add("all of this")
	shows("<span>3 words in all</span>")

	p.edit(t, "internal/job/job.go", "\tFailed\n", "\tFailed\n\tLost\n")
	says("gorun: internal/job/job.go: api, worker swapped in ")
	generated, err := os.ReadFile(filepath.Join(p.dir, "internal", "job", "state_string.go"))
	if err != nil || !strings.Contains(string(generated), `"lost"`) {
		t.Errorf("the words of the states are not generated again: %v\n%s", err, generated)
	}

	cmd.Process.Signal(syscall.SIGTERM)
	<-ended
	lines := strings.Split(strings.TrimSpace(said.String()), "\n")
	last := lines[len(lines)-1] // the worker needs the api, which ends after it
	if cmd.ProcessState.ExitCode() != 0 || !strings.HasPrefix(last, "   api │ ") || !strings.Contains(last, "shutting down") {
		t.Errorf("the end: %v\n%s", cmd.ProcessState, &said)
	}
}

// contents returns the files of the project by their names.
func (p newProject) contents(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(p.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		files[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestNewProjectTools holds a new project to what the tools of a good one say, under each of its tags.
func TestNewProjectTools(t *testing.T) {
	longtest.Skip(t)
	t.Parallel()
	p := makeNewProject(t)
	run := func(t *testing.T, name string, args ...string) string {
		t.Helper()
		cmd := osexec.Command(name, args...)
		cmd.Dir, cmd.Env = p.dir, p.env
		words, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, words)
		}
		return string(words)
	}
	before := p.contents(t)
	run(t, "go", "generate", "./...")
	run(t, "go", "mod", "tidy", "-diff")
	for _, tags := range []string{"-tags=", "-tags=dev", "-tags=test", "-tags=prod"} {
		run(t, "go", "build", tags, "./...")
		run(t, "go", "vet", tags, "./...")
		run(t, "go", "test", tags, "./...")
	}
	run(t, "./ci.sh")
	if after := p.contents(t); !maps.Equal(before, after) {
		t.Errorf("the tools have changed something: before\n%q\nafter\n%q", before, after)
	}
	const staticcheck = "honnef.co/go/tools/cmd/staticcheck@v0.8.2"
	tool := osexec.Command("go", "install", staticcheck)
	tool.Dir, tool.Env = p.dir, append(p.env, "GOBIN="+filepath.Dir(p.gorun))
	if words, err := tool.CombinedOutput(); err != nil {
		t.Skipf("there is no staticcheck here: %v\n%s", err, words)
	}
	for _, tags := range []string{"dev", "test", "prod"} {
		run(t, filepath.Join(filepath.Dir(p.gorun), "staticcheck"), "-checks=all", "-tags="+tags, "./...")
	}
}
