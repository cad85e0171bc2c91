//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package procgroup

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorun-dev/gorun/internal/self"
	"github.com/gorun-dev/gorun/internal/startfailure"
)

func TestOutcomes(t *testing.T) {
	for _, tt := range []struct {
		script string
		want   Outcome
	}{
		{"exit 0", Outcome{}},
		{"exit 3", Outcome{Code: 3}},
		{"exit 255", Outcome{Code: 255}},
		{"kill -KILL $$", Outcome{Signal: syscall.SIGKILL}},
		{"ulimit -c 0; kill -SEGV $$", Outcome{Signal: syscall.SIGSEGV}},
		{"kill -TERM $$", Outcome{Signal: syscall.SIGTERM}},
		{"kill -PIPE $$", Outcome{Signal: syscall.SIGPIPE}},
	} {
		g := run(t, sh(tt.script), Spec{})
		within(t, g.Done(), tt.script)
		if got := g.Outcome(); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.script, got, tt.want)
		}
		if left := g.Left(); left != nil {
			t.Errorf("%s: left %v", tt.script, left)
		}
	}
}

// The program ends at its own pace, whatever its keeper's memory of it.
func TestStandardDescriptors(t *testing.T) {
	in, inW, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, lines := listen(t)
	g := run(t, sh("cat; echo end >&2"), Spec{Stdin: in, Stdout: out, Stderr: out})
	in.Close()
	out.Close()
	io.WriteString(inW, "through\n")
	lines.expect("through")
	inW.Close() // nobody else, keeper included, may hold the program's input open
	lines.expect("end")
	lines.end()
	within(t, g.Done(), "cat")
}

// Nil is the null device; and the pipes of a program end with it, although its
// keeper lives on for what it started.
func TestPipesEndWithTheProgram(t *testing.T) {
	out, lines := listen(t)
	g := run(t, sh("read x; sleep 1000 >/dev/null & echo over"),
		Spec{Stdout: out, Grace: time.Hour, Signal: syscall.SIGCONT})
	out.Close()
	lines.expect("over")
	lines.end()
	within(t, g.Exited(), "sh")
	select {
	case <-g.Done():
		t.Error("done although sleep lives on")
	default:
	}
}

func TestStartErrors(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	foreign := append([]byte("\x7fELF\x02\x01\x01\x03"), make([]byte, 56)...)
	foreign[16], foreign[18] = 2, 22 // an executable for s390x, little endian: for nobody
	plain := file("plain", "#!/bin/sh\n", 0o644)
	windows := "MZ" + strings.Repeat("\x00", 100)
	tests := []struct {
		name   string
		spec   Spec
		reason startfailure.Reason
		words  string
		is     error
	}{
		{"missing", Spec{Path: filepath.Join(dir, "nowhere")},
			startfailure.Missing, "no such file", syscall.ENOENT},
		{"no execute permission", Spec{Path: plain},
			startfailure.NotExecutable, "no execute permission", syscall.EACCES},
		{"a directory", Spec{Path: dir},
			startfailure.NotExecutable, "is a directory", syscall.EACCES},
		{"text", Spec{Path: file("text", "hello\n", 0o755)},
			startfailure.Format, "not an executable", syscall.ENOEXEC},
		{"empty", Spec{Path: file("empty", "", 0o755)},
			startfailure.Format, "not an executable", syscall.ENOEXEC},
		{"other platform", Spec{Path: file("foreign", string(foreign), 0o755)},
			startfailure.WrongPlatform, "built for linux/s390x", syscall.ENOEXEC},
		{"windows", Spec{Path: file("a.exe", windows, 0o755)},
			startfailure.WrongPlatform, "built for windows", syscall.ENOEXEC},
		{"interpreter", Spec{Path: file("script", "#!/no/such/interpreter\n", 0o755)},
			startfailure.NoInterpreter, "interpreter", syscall.ENOENT},
		{"no directory", Spec{Path: "/bin/sh", Dir: filepath.Join(dir, "gone")},
			startfailure.NoDirectory, "working directory", syscall.ENOENT},
		{"directory is a file", Spec{Path: "/bin/sh", Dir: plain},
			startfailure.NoDirectory, "not a directory", syscall.ENOTDIR},
	}
	for _, tt := range slices.Clone(tests) {
		fds, _ := listeners(t, 1)
		tt.name += ", with a listener"
		tt.spec.Listeners = []Listener{{FD: fds[0]}}
		tests = append(tests, tt)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g, err := Start(tt.spec)
			var e *startfailure.Error
			if !errors.As(err, &e) {
				if g != nil {
					g.Kill()
				}
				t.Fatalf("error %v, want a *startfailure.Error", err)
			}
			if e.Reason != tt.reason || !strings.Contains(err.Error(), tt.words) {
				t.Errorf("reason %d, %v; want %d, %q", e.Reason, err, tt.reason, tt.words)
			}
			if !errors.Is(err, tt.is) {
				t.Errorf("%#v is not %v", e.Err, tt.is)
			}
		})
	}
}

func TestStartRefusesNUL(t *testing.T) {
	if _, err := Start(Spec{Path: "/bin/sh", Args: []string{"a\x00b"}}); err == nil {
		t.Error("no error")
	}
}

// An executable that does not know its roles must not start itself for ever.
func TestStartInsideAKeeperFails(t *testing.T) {
	t.Setenv(self.RoleVariable, "keeper")
	if _, err := Start(Spec{Path: "/bin/sh"}); err == nil || !strings.Contains(err.Error(), "self.Play") {
		t.Errorf("error %v", err)
	}
}

func copySelf(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(testBinary(t))
	if err == nil {
		err = os.WriteFile(path, b, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// An executable that is open for writing somewhere is waited for.
func TestBusyExecutable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "busy")
	copySelf(t, path)
	w, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Exec(path, []string{path}, nil); err != syscall.ETXTBSY {
		t.Skipf("this system does not mind: %v", err)
	}
	timer := time.AfterFunc(300*time.Millisecond, func() { w.Close() })
	defer timer.Stop()
	g, err := Start(Spec{Path: path, Args: []string{path, "helper", "exit", "5"}})
	if err != nil {
		t.Fatal(err)
	}
	within(t, g.Done(), "the program")
	if got := g.Outcome().Code; got != 5 {
		t.Errorf("exit code %d", got)
	}
}

func init() {
	helpers["exit"] = func(args []string) int { return int(args[0][0] - '0') }
}
