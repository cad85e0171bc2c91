package execflag

import (
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorun-dev/gorun/internal/environ"
)

// GOFLAGS is what `go env` says it is, wherever it stands.
func TestGoFlags(t *testing.T) {
	out, err := osexec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	goroot := strings.TrimSpace(string(out))
	file := filepath.Join(t.TempDir(), "env")
	for _, c := range []struct{ env, file string }{
		{"", ""},
		{"-tags=a", "GOFLAGS=-tags=b\n"},
		{"", "GOFLAGS=-tags=b\nGOPROXY=off\n"},
		{"", "GOFLAGS=-tags=b\nGOFLAGS=-exec=x"},
		{"", "# a comment\n\n=x\ngoflags=-v\n\nGOFLAGS=\n"},
		{"", " GOFLAGS=-tags=b\n"},
	} {
		if err := os.WriteFile(file, []byte(c.file), 0o666); err != nil {
			t.Fatal(err)
		}
		env := []string{"GOFLAGS=" + c.env, "GOENV=" + file}
		cmd := osexec.Command("go", "env", "GOFLAGS")
		cmd.Env = append(os.Environ(), env...)
		want, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		got := goSettings{environ.Getenv(env), goroot}.get("GOFLAGS")
		if got != strings.TrimSuffix(string(want), "\n") {
			t.Errorf("GOFLAGS=%q, file %q: %q, go env says %q", c.env, c.file, got, want)
		}
	}
}

// The runner is that of the machine which is built for, wherever that is set, and needs no
// executable to be found.
func TestRunner(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"go_js_wasm_exec", "go_wasip1_wasm_exec", "mine"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "env")
	if err := os.WriteFile(file, []byte("GOOS=wasip1\nGOARCH=wasm\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	path := "/no/toolchain/bin" + string(filepath.ListSeparator) + dir
	for _, c := range []struct {
		env  []string
		line []string
		want string
	}{
		{[]string{"GOENV=off"}, nil, ""},
		{[]string{"GOENV=off", "GOOS=js", "GOARCH=wasm"}, nil, "go_js_wasm_exec"},
		{[]string{"GOENV=" + file}, nil, "go_wasip1_wasm_exec"},
		{[]string{"GOENV=" + file, "GOOS=js"}, nil, "go_js_wasm_exec"},
		{[]string{"GOENV=" + file, "GOFLAGS=-exec=mine"}, nil, "mine"},
		{[]string{"GOENV=" + file}, []string{"mine"}, "mine"},
		{[]string{"GOENV=" + file}, []string{}, ""},
		{[]string{"GOENV=off", "GOOS=plan9", "GOARCH=386"}, nil, ""}, // no such runner
	} {
		got, _, err := Words(c.line, path, environ.Getenv(c.env))
		if err != nil || filepath.Base(got) != c.want && c.want+got != "" {
			t.Errorf("%q, -exec %q: %q, %v; want %q", c.env, c.line, got, err, c.want)
		}
	}
}
