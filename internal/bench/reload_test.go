package main

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorun-dev/gorun/internal/bench/result"
	"github.com/gorun-dev/gorun/internal/longtest"
)

// installSelf copies the test binary to a file in a new directory, where it is gorun, and returns its name.
func installSelf(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "gorun"+exeSuffix)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := copyFile(file, exe); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestReload is a whole reload measurement, with the small program, of gorun and
// of what is done by hand.
func TestReload(t *testing.T) {
	longtest.Skip(t) // it builds a program some twenty times
	t.Parallel()
	r := testRun(t)
	gorun := installSelf(t)
	o := &options{
		programs: []string{"small"}, edits: []string{"body", "comment"}, only: []string{"reload"},
		tools: []string{"floor", "gorun", "go-build", "go-run"}, named: map[string]string{"gorun": gorun},
	}
	tools := o.chosen()
	if err := r.install(t.Context(), tools, o.named); err != nil {
		t.Fatal(err)
	}
	programs, err := o.build(t.Context(), r, tools)
	if err != nil {
		t.Fatal(err)
	}
	m := &reloader{run: r, tools: tools, client: true, edits: o.edits}
	if n, err := m.measure(t.Context(), programs[0], 1); err != nil || n != 1 {
		t.Fatalf("%d rounds, %v", n, err)
	}
	if len(m.failures) > 0 {
		t.Fatal(m.failures)
	}
	res := &result.Results{Reloads: m.results, Broken: m.broken}
	for _, name := range o.tools {
		x := res.Reload("small", name, "body")
		if x == nil || len(x.Seconds) != 1 || x.Seconds[0] <= 0 || len(x.Refused) != 1 {
			t.Errorf("%s: %+v", name, x)
		}
	}
	if x := res.Reload("small", "gorun", "comment"); x == nil || !slices.Equal(x.Other, []string{"no restart"}) {
		t.Errorf("gorun and a comment: %+v", x)
	}
	if x := res.Reload("small", "go-build", "comment"); x == nil || len(x.Seconds) != 1 {
		t.Errorf("go build and a comment: %+v", x)
	}
	fate := make(map[string]string)
	for _, b := range m.broken {
		fate[b.Tool] = b.Fate
		if b.Mended <= 0 {
			t.Errorf("never mended: %+v", b)
		}
	}
	if fate["gorun"] != "runs on" || fate["go-build"] != "runs on" || fate["go-run"] != "down" {
		t.Errorf("a broken build: %v", fate)
	}
}

// TestRoundsInTime shows that the third round is left out where it would be late.
func TestRoundsInTime(t *testing.T) {
	for deadline, want := range map[time.Time]int{{}: 3, time.Now(): 2, time.Now().Add(time.Hour): 3} {
		m := &reloader{run: testRun(t), deadline: deadline}
		if n, err := m.measure(t.Context(), &program{name: "none", all: true}, 3); n != want || err != nil {
			t.Errorf("deadline %v: %d rounds, %v; want %d", deadline, n, err, want)
		}
	}
}

// TestNoticing watches a few saves with every backend.
func TestNoticing(t *testing.T) {
	t.Parallel()
	r := testRun(t)
	dir := t.TempDir()
	var files []string
	for _, name := range []string{"a.go", "b.go", "c.go", "d.go"} {
		files = append(files, filepath.Join(dir, name))
		if err := writeFile(files[len(files)-1], "package p\n"); err != nil {
			t.Fatal(err)
		}
	}
	list, err := noticeSeries(t.Context(), r, series{"save", 100, 4}, []string{dir}, files)
	if err != nil {
		t.Fatal(err)
	}
	var backends []string
	for _, n := range list {
		backends = append(backends, n.Backend)
		if n.Saves != 4 || n.Noticed != 4 || n.Batches == 0 || len(n.Windows) != len(windows) {
			t.Errorf("%+v", n)
		}
	}
	for _, name := range []string{"fsnotify", "poll"} {
		if !slices.Contains(backends, name) {
			t.Errorf("no %s in %q", name, backends)
		}
	}
}

// TestInterruptedLeavesNothing ends the whole command in the middle of its work.
func TestInterruptedLeavesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the standard library's first packages")
	}
	t.Parallel()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	tmp := t.TempDir()
	cmd := exec.Command(exe, "-only", "reload", "-programs", "small", "-tools", "go-build")
	cmd.Env = append(os.Environ(), "TMPDIR="+tmp, guardTest+"=1")
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	// The build cache fills: compilers are at work.
	for end := time.Now().Add(time.Minute); ; {
		if found, _ := filepath.Glob(filepath.Join(tmp, "gorun-bench-*", "gocache", "*", "*-a")); len(found) > 0 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("nothing is built: %s", out.String())
		}
		<-time.After(10 * time.Millisecond)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Skip(err) // not on Windows
	}
	err = cmd.Wait()
	if ee := (*exec.ExitError)(nil); !errors.As(err, &ee) || ee.ExitCode() != 130 {
		t.Errorf("%v: %s", err, out.String())
	}
	if left, err := fs.ReadDir(os.DirFS(tmp), "."); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	stats, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, name := range stats {
		if env, err := os.ReadFile(name); err == nil && strings.Contains(string(env), tmp) {
			t.Errorf("%s still runs", name)
		}
	}
}
