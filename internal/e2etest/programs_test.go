//go:build linux

package e2etest

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	osexec "os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/internal/longtest"
	"github.com/gorun-dev/gorun/internal/proctest"
)

// A monorepo is three Go programs over shared packages, and a command.
type monorepo struct {
	dir, gorun string
	env        []string
	out, err   *proctest.Output
	version    map[string]int // of what each shared package says
	comment    map[string]int
}

// packagesOf says which shared packages a program imports.
var packagesOf = map[string][]string{"api": {"all", "web"}, "worker": {"all", "web", "work"}, "cron": {"all"}}

func newMonorepo(t *testing.T, ports ...string) *monorepo {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir()) // as /proc has it
	if err != nil {
		t.Fatal(err)
	}
	m := &monorepo{
		dir: filepath.Join(dir, "project"), gorun: filepath.Join(dir, "bin", "gorun"),
		version: map[string]int{}, comment: map[string]int{}, out: new(proctest.Output), err: new(proctest.Output),
		env: append(os.Environ(), "GORUN_PROGRAMS="+dir, "GORUNCACHE=off", "CI=", "GOFLAGS="),
	}
	proctest.Install(t, m.gorun)
	m.write(t, "go.mod", "module example.com/m\n\ngo 1.26\n")
	m.write(t, "README.md", "words\n")
	m.write(t, "tag.txt", "one\n")
	for _, pkg := range []string{"all", "web", "work"} {
		m.writePackage(t, pkg)
	}
	toml := "[program.tag]\ncommand = [\"/bin/sh\", \"-c\", \"echo START $$; sleep 3600 & sleep 3600\"]\n" +
		"include = [\"tag.txt\"]\n"
	for _, name := range []string{"api", "worker", "cron"} {
		var imports, uses strings.Builder
		for _, pkg := range packagesOf[name] {
			fmt.Fprintf(&imports, "\t%q\n", "example.com/m/"+pkg)
			fmt.Fprintf(&uses, "%s.Text() + ", pkg)
		}
		m.write(t, "cmd/"+name+"/main.go", fmt.Sprintf(memberProgram, imports.String(), uses.String()))
		toml += fmt.Sprintf("[program.%s]\npackage = \"./cmd/%[1]s\"\n", name)
	}
	for i, port := range ports {
		toml = strings.Replace(toml, fmt.Sprintf("./cmd/%s\"\n", []string{"api", "worker"}[i]),
			fmt.Sprintf("./cmd/%s\"\nargs = [\"127.0.0.1:%s\"]\n", []string{"api", "worker"}[i], port), 1)
	}
	m.write(t, "gorun.toml", toml)
	return m
}

// memberProgram starts a child and a daemon, and serves at its argument.
const memberProgram = `package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"syscall"
	"time"

%s)

func main() {
	exec.Command("/bin/sleep", "3600").Start()
	daemon := exec.Command("/bin/sleep", "3600")
	daemon.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	daemon.Start()
	fmt.Println("START", os.Getpid(), %s"")
	if len(os.Args) == 1 {
		time.Sleep(time.Hour)
	}
	fmt.Println(http.ListenAndServe(os.Args[1], http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "served")
	})))
}
`

func (m *monorepo) write(t *testing.T, file, text string) {
	t.Helper()
	path := filepath.Join(m.dir, file)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(text), 0o666)); err != nil {
		t.Fatal(err)
	}
}

func (m *monorepo) writePackage(t *testing.T, pkg string) {
	const text = "package %s\n\n// Text is of comment %d.\nfunc Text() string { return \"%[1]s %[3]d\" }\n"
	m.write(t, pkg+"/"+pkg+".go", fmt.Sprintf(text, pkg, m.comment[pkg], m.version[pkg]))
}

// start starts gorun.
func (m *monorepo) start(t *testing.T, args ...string) *osexec.Cmd {
	t.Helper()
	cmd := osexec.Command(m.gorun, append([]string{"-programs"}, args...)...)
	cmd.Dir, cmd.Env = m.dir, m.env
	cmd.Stdout, cmd.Stderr = m.out, m.err
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

var startLine = regexp.MustCompile(`(?m)^ *(\w+) │ START (\d+)`)

// starts are the process IDs of each program, in the order of their starts.
func (m *monorepo) starts() map[string][]string {
	list := map[string][]string{}
	for _, found := range startLine.FindAllStringSubmatch(m.out.String(), -1) {
		list[found[1]] = append(list[found[1]], found[2])
	}
	return list
}

func (m *monorepo) String() string { return m.out.String() + "\n" + m.err.String() }

// builds are the hashes of what go build makes of each program.
func (m *monorepo) builds(t *testing.T) map[string]string {
	t.Helper()
	sums := map[string]string{}
	out := t.TempDir() + string(filepath.Separator)
	cmd := osexec.Command("go", "build", "-buildvcs=false", "-ldflags=-buildid=", "-o", out, "./cmd/...")
	cmd.Dir, cmd.Env = m.dir, m.env
	if words, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, words)
	}
	for name := range packagesOf {
		text, err := os.ReadFile(out + name)
		if err != nil {
			t.Fatal(err)
		}
		sums[name] = fmt.Sprintf("%x", sha256.Sum256(text))
		os.Remove(out + name)
	}
	return sums
}

// edit changes something at random, and says what; command is whether that is the command's.
func (m *monorepo) edit(t *testing.T, r *rand.Rand, i int) (what string, command bool) {
	pkg := []string{"all", "web", "work"}[r.IntN(3)]
	switch n := r.IntN(10); {
	case n < 6:
		m.version[pkg]++
		m.writePackage(t, pkg)
		return "the body of " + pkg, false
	case n < 8:
		m.comment[pkg]++
		m.writePackage(t, pkg)
		return "a comment of " + pkg, false
	case n == 8:
		m.write(t, "README.md", fmt.Sprintf("words %d\n", i))
		return "README.md", false
	}
	m.write(t, "tag.txt", fmt.Sprintf("words %d\n", i))
	return "tag.txt", true
}

// TestPrograms saves files of a monorepo at random, under load. After each save exactly the
// programs restart of which go build makes something else, and no request is lost.
func TestPrograms(t *testing.T) {
	t.Parallel()
	if _, err := exec.KeepPorts(nil, nil); err != nil {
		t.Skipf("ports are not kept here: %v", err)
	}
	r := random(t)
	ports := []string{freePort(t, r), freePort(t, r)}
	m := newMonorepo(t, ports...)
	cmd := m.start(t, "-watch")
	defer cmd.Wait()
	defer cmd.Process.Signal(syscall.SIGTERM)
	want := map[string]int{"api": 1, "worker": 1, "cron": 1, "tag": 1}
	have := func() map[string]int {
		counts := map[string]int{}
		for name, pids := range m.starts() {
			counts[name] = len(pids)
		}
		return counts
	}
	reached := func() bool { return fmt.Sprint(have()) == fmt.Sprint(want) }
	if !proctest.Eventually(reached, nil) {
		t.Fatalf("the programs do not run:\n%s", m)
	}

	stop := make(chan struct{})
	var clients sync.WaitGroup
	var mu sync.Mutex
	served := map[string]int{}
	var lost []string
	for _, port := range ports {
		if !proctest.Eventually(func() bool { return get(port) == nil }, nil) {
			t.Fatalf("nobody serves port %s:\n%s", port, m)
		}
		clients.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				err := get(port)
				mu.Lock()
				if err != nil {
					lost = append(lost, err.Error())
				}
				served[port]++
				mu.Unlock()
				proctest.Pause(5 * time.Millisecond)
			}
		})
	}
	before := m.builds(t)
	for i := range longtest.Cases(3, 30) {
		what, command := m.edit(t, r, i)
		now := m.builds(t)
		var restart []string
		for name := range packagesOf {
			if now[name] != before[name] {
				restart = append(restart, name)
			}
		}
		if command {
			restart = append(restart, "tag")
		}
		for _, name := range restart {
			want[name]++
		}
		before = now
		if !proctest.Eventually(reached, nil) {
			t.Fatalf("save %d, %s: go build makes other programs of %s; starts %v, want %v\n%s", i, what, restart, have(),
				want, m)
		}
	}
	// Whatever was to come has come when each loop has answered after the last save.
	status := osexec.Command(m.gorun, "-tell", "status")
	status.Dir, status.Env = m.dir, m.env
	if words, err := status.CombinedOutput(); err != nil || !strings.Contains(string(words), "worker") {
		t.Errorf("status: %v\n%s", err, words)
	}
	close(stop)
	clients.Wait()
	if !reached() {
		t.Errorf("starts %v, want %v\n%s", have(), want, m)
	}
	if len(lost) > 0 {
		t.Errorf("%d requests lost: %s", len(lost), lost[0])
	}
	t.Logf("starts %v, served %v", want, served)
}

// get asks a server on a connection of its own.
func get(port string) error {
	transport := &http.Transport{DisableKeepAlives: true}
	client := http.Client{Transport: transport, Timeout: proctest.Limit}
	response, err := client.Get("http://127.0.0.1:" + port)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && (response.StatusCode != http.StatusOK || string(body) != "served\n") {
		err = fmt.Errorf("%s: %q", response.Status, body)
	}
	return err
}

// TestProgramsDeaths starts several programs with families and ends gorun at a random moment,
// mostly by SIGKILL. Nothing may be left.
func TestProgramsDeaths(t *testing.T) {
	t.Parallel()
	r := random(t)
	m := newMonorepo(t)
	signals := []syscall.Signal{syscall.SIGKILL, syscall.SIGKILL, syscall.SIGTERM, syscall.SIGINT}
	ran := 0
	for i := range cmp.Or(*deathsFlag, longtest.Cases(2, 40)) {
		m.out, m.err = new(proctest.Output), new(proctest.Output)
		cmd := m.start(t)
		if r.IntN(2) == 0 {
			proctest.Pause(time.Duration(r.IntN(900)) * time.Millisecond)
		} else if !proctest.Eventually(func() bool { return len(m.starts()) == 4 }, nil) {
			t.Fatalf("start %d: the programs do not run:\n%s", i, m)
		} else if r.IntN(2) == 0 {
			m.edit(t, r, i)
			proctest.Pause(time.Duration(r.IntN(500)) * time.Millisecond)
		}
		ran += len(m.starts())
		sig := signals[r.IntN(len(signals))]
		cmd.Process.Signal(sig)
		ended := make(chan struct{})
		go func() {
			cmd.Wait()
			close(ended)
		}()
		if !proctest.Eventually(func() bool { return !proctest.Running(cmd.Process.Pid) }, ended) {
			select {
			case <-ended:
			default:
				t.Fatalf("start %d: gorun goes on after %v:\n%s", i, sig, m)
			}
		}
		<-ended
		var left []proctest.Process
		mark := "GORUN_PROGRAMS=" + filepath.Dir(m.dir)
		if !proctest.Eventually(func() bool {
			left = proctest.Marked(mark, m.gorun)
			return len(left) == 0
		}, nil) {
			proctest.KillMarked(mark, m.gorun)
			t.Fatalf("start %d: after %v there is left\n%s\ngorun said:\n%s", i, sig, proctest.Join(left), m)
		}
	}
	t.Logf("%d programs ran", ran)
}

// freePort is one outside of the kernel's own range, so that nobody else is given it meanwhile.
func freePort(t *testing.T, r *rand.Rand) string {
	t.Helper()
	for range 100 {
		port := fmt.Sprint(10000 + r.IntN(20000))
		if l, err := net.Listen("tcp", "127.0.0.1:"+port); err == nil {
			l.Close()
			return port
		}
	}
	t.Fatal("there is no free port")
	return ""
}
