//go:build unix

package front_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gorun-dev/gorun/internal/cli"
	"github.com/gorun-dev/gorun/internal/proctest"
)

// TestMain lets the test binary be gorun.
func TestMain(m *testing.M) {
	if status, ok := cli.Role(os.Args); ok {
		os.Exit(status)
	}
	if filepath.Base(os.Args[0]) == "gorun" {
		os.Exit(cli.Main(os.Args))
	}
	if len(os.Args) == 3 && os.Args[1] == helperName {
		serveLoad(os.Args[2])
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// A site is gorun with the program of testdata/site.
type site struct {
	t       *testing.T
	dir     string
	gorun   string // the executable
	args    []string
	env     []string
	address string // of the program
	url     string // for browsers
	output  proctest.Output
	cmd     *osexec.Cmd
	ended   chan struct{} // closed when gorun has ended
}

// startSite starts the program under gorun with these flags.
func startSite(t *testing.T, env []string, flags ...string) *site {
	t.Helper()
	s := &site{t: t, dir: t.TempDir(), address: freeAddress(t)}
	s.url = "http://" + s.address
	if err := os.CopyFS(s.dir, os.DirFS("testdata/site")); err != nil {
		t.Fatal(err)
	}
	s.write("go.mod", "module site\n\ngo 1.26\n")
	s.gorun = filepath.Join(t.TempDir(), "gorun")
	proctest.Install(t, s.gorun)
	s.args = append(append([]string{"-watch"}, flags...), ".", s.address)
	s.env = append(append(os.Environ(), "GORUNCACHE="+t.TempDir(), "GOWORK=off", "GOFLAGS=", "CI="), env...)
	t.Cleanup(func() {
		s.stop()
		if t.Failed() {
			t.Logf("gorun said:\n%s", s.output.String())
		}
	})
	s.start()
	return s
}

// start starts gorun.
func (s *site) start() {
	s.t.Helper()
	cmd, ended := osexec.Command(s.gorun, s.args...), make(chan struct{})
	cmd.Dir, cmd.Env = s.dir, s.env
	cmd.Stdout, cmd.Stderr = &s.output, &s.output
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.cmd, s.ended = cmd, ended
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	s.await("the program", func() bool {
		c, err := net.Dial("tcp", s.address)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

// stop ends gorun.
func (s *site) stop() {
	if s.cmd != nil {
		_ = s.cmd.Process.Signal(syscall.SIGTERM)
		<-s.ended
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (s *site) await(what string, cond func() bool) {
	s.t.Helper()
	if !proctest.Eventually(cond, s.ended) {
		s.t.Fatalf("in vain for %s; gorun said:\n%s", what, s.output.String())
	}
}

func (s *site) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o666); err != nil {
		s.t.Fatal(err)
	}
}

// edit replaces text in a file.
func (s *site) edit(name, old, text string) {
	s.t.Helper()
	b, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil || !strings.Contains(string(b), old) {
		s.t.Fatalf("no %q in %s, %v", old, name, err)
	}
	s.write(name, strings.Replace(string(b), old, text, 1))
}

// greet makes the program greet with another word, and returns what is true of its page then.
func (s *site) greet(word string) (greeted string) {
	s.t.Helper()
	b, err := os.ReadFile(filepath.Join(s.dir, "main.go"))
	if err != nil {
		s.t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(b), `const greeting = "`)
	_, after, _ := strings.Cut(rest, `"`)
	s.write("main.go", before+`const greeting = "`+word+`"`+after)
	return fmt.Sprintf(`document.getElementById("greeting").textContent === %q`, word)
}

// crash has a site crash. A tab that asked for that would, when it is loaded again, crash the next version, too.
func crash(url string) {
	if answer, err := http.Get(url + "/crash"); err == nil {
		answer.Body.Close()
	}
}
