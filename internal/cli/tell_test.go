package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorun-dev/gorun/internal/event"
	"github.com/gorun-dev/gorun/internal/goflags"
)

func TestDebugFlag(t *testing.T) {
	for in, want := range map[string]string{
		"true": "true", "false": "false",
		":2345":           "127.0.0.1:2345",
		"127.0.0.1:2345":  "127.0.0.1:2345",
		"0.0.0.0:2345":    "0.0.0.0:2345",
		"[::1]:2345":      "[::1]:2345",
		"localhost:40000": "localhost:40000",
		"":                "", "2345": "", ":": "", ":0": "", ":70000": "", ":dlv": "", "::1:2345": "",
	} {
		var d debugFlag
		err := d.Set(in)
		if (err == nil) != (want != "") || err == nil && d.String() != want {
			t.Errorf("-debug=%s: %s, %v", in, d.String(), err)
		}
	}
}

func TestTellFlag(t *testing.T) {
	for _, in := range []string{"restart", "rebuild", "stop", "status", "status=json", "profile=dev"} {
		var f tellFlag
		if err := f.Set(in); err != nil || f.String() != in {
			t.Errorf("-tell=%s: %s, %v", in, f.String(), err)
		}
	}
	for _, in := range []string{"", "restart=", "stop=now", "status=", "status=xml", "profile", "profile=", "who", "Restart"} {
		var f tellFlag
		if err := f.Set(in); err == nil {
			t.Errorf("-tell=%s is taken for %s", in, f.String())
		}
	}
}

func TestEventsFlag(t *testing.T) {
	for _, in := range []string{"file", "fd:1", "fd:33", "./fd:x"} {
		if err := new(eventsFlag).Set(in); err != nil {
			t.Errorf("-events=%s: %v", in, err)
		}
	}
	for _, in := range []string{"", "fd:", "fd:0", "fd:-1", "fd:x", "fd:99999999999"} {
		if err := new(eventsFlag).Set(in); err == nil {
			t.Errorf("-events=%s is taken", in)
		}
	}
}

// The last flag that matches a package counts, alone.
func TestDebuggingKeepsTheUsersFlags(t *testing.T) {
	line, err := goflags.Split([]string{"-race", "-gcflags=-m", "-gcflags=all=-S", "-ldflags=-X=a.b=c", "-tags=x", "."}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if off := (debugFlag{}).debugging(line, nil); !slices.Equal(off.Build, line.Build) {
		t.Errorf("without -debug: %q", off.Build)
	}
	got := debugFlag{on: true}.debugging(line, []string{"-gcflags=-e", "-mod=mod"}).Build
	want := []string{
		"-race", "-tags=x",
		"-gcflags=all=-N -l -dwarf=true", "-ldflags=-s=false -w=false",
		"-gcflags=-e -N -l -dwarf=true",
		"-gcflags=-m -N -l -dwarf=true", "-gcflags=all=-S -N -l -dwarf=true", "-ldflags=-X=a.b=c -s=false -w=false",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

func TestTarget(t *testing.T) {
	root := realPath(t.TempDir())
	for _, dir := range []string{"m/cmd/app", "m/lib", "w/a", "w/b"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for file, text := range map[string]string{"m/go.mod": "module example.com/m\n", "w/go.work": "", "w/a/go.mod": "module a\n"} {
		if err := os.WriteFile(filepath.Join(root, file), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(root, "m"), filepath.Join(root, "link")); err != nil {
		t.Skip(err)
	}
	for _, c := range []struct{ dir, args, target, project string }{
		{"m", "./cmd/app", "m/cmd/app", "m"},
		{"m/cmd", "./app", "m/cmd/app", "m"},
		{"m/lib", "../cmd/app", "m/cmd/app", "m"},
		{"m/cmd/app", ".", "m/cmd/app", "m"},
		{"m/lib", "example.com/m/cmd/app", "m/cmd/app", "m"},
		{"m/lib", "example.com/m", "m", "m"},
		{"link", "./cmd/app", "m/cmd/app", "m"},
		{"m", "ROOT/m/cmd/app", "m/cmd/app", "m"},
		{"m/lib", "a.go b.go", "m/lib/a.go" + string(filepath.ListSeparator) + "ROOT/m/lib/b.go", "m"},
		{"w/a", ".", "w/a", "w"},
		{"w", "./b", "w/b", "w"},
		{"m", "example.com/mm", "= example.com/mm", "m"},
		{".", "example.com/x", "= example.com/x", "."},
	} {
		args := strings.Fields(strings.ReplaceAll(c.args, "ROOT", root))
		line, err := goflags.Split(args, nil)
		if err != nil {
			t.Fatal(err)
		}
		cmd := &command{dir: filepath.Join(root, c.dir), line: line}
		want := filepath.Join(root, strings.ReplaceAll(c.target, "ROOT", root))
		if path, ok := strings.CutPrefix(c.target, "= "); ok {
			want = path
		}
		if got, _ := cmd.target(); got != want {
			t.Errorf("in %s, %s is %s, want %s", c.dir, c.args, got, want)
		}
		if got := cmd.project(cmd.dir); got != filepath.Join(root, c.project) {
			t.Errorf("%s is in project %s, want %s", c.dir, got, c.project)
		}
	}
	off := &command{dir: filepath.Join(root, "w/a"), env: []string{"GOWORK=off"}}
	if got := off.project(off.dir); got != filepath.Join(root, "w/a") {
		t.Errorf("with GOWORK=off: %s", got)
	}
}

func TestPrintStatus(t *testing.T) {
	now := time.Now()
	s := &event.Status{
		Version: "v1.2.3", Pid: 7, Since: now.Add(-time.Hour), Dir: "/m", Package: []string{"./cmd/app"},
		State: "running", Profile: "dev",
		Program: &event.Process{Pid: 8, Since: now.Add(-time.Minute), Ready: true, Ports: []string{"127.0.0.1:80"}},
		Reload: &event.Reload{
			Number: 3, Time: now.Add(-2 * time.Second), Event: event.Failed, Elapsed: 0.4121, Reason: "main.go",
			Errors: []event.Error{{File: "/m/main.go", Line: 3, Message: "no\nnever"}},
		},
		Watched: []string{"/m", "/m/cmd/app"},
	}
	var b strings.Builder
	printStatus(&b, s, now)
	want := `state    running
package  ./cmd/app in /m
profile  dev
program  pid 8, ready, for 1m0s
port     127.0.0.1:80
reload   3: main.go: failed in 412ms, 2s ago
error    /m/main.go:3: no never
gorun    pid 7, v1.2.3, for 1h0m0s
watched  2 directories
         /m
         /m/cmd/app
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}
