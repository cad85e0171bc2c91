package oracle

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestMask(t *testing.T) {
	for in, want := range map[string]string{
		"/src/a.go: 12\n":                            "/src/a.go:-\n",
		"/src/a.go:12:5: x":                          "/src/a.go:-: x",
		"\t/src/a.go:12 +0x1d":                       "\t/src/a.go:- +-",
		"main.f(0xc000012345, 7)":                    "main.f(-, 7)",
		"listening on :8080, 12 of 34, go: 5, x.god": "listening on :8080, 12 of 34, go: 5, x.god",
	} {
		if got := mask(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// Programs that do different things are told apart, also by what is no line, and those that
// never do the same twice say nothing.
func TestRunBoth(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the programs are shell scripts")
	}
	dir := t.TempDir()
	script := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}
	a := script("a", "echo a.go: 1; echo $* >&2; exit 3")
	line := script("line", "echo a.go: 2; echo $* >&2; exit 3")
	stdout := script("stdout", "echo b.go: 1; echo $* >&2; exit 3")
	stderr := script("stderr", "echo a.go: 1; echo other >&2; exit 3")
	status := script("status", "echo a.go: 1; echo $* >&2; exit 4")
	moody := script("moody", "echo $$; echo $* >&2; exit 3")
	for _, test := range []struct {
		name, other       string
		masked, differ    bool
		compared, nothing int
	}{
		{"same", a, false, false, 1, 0},
		{"line, masked", line, true, false, 1, 0},
		{"line", line, false, true, 0, 0},
		{"stdout", stdout, true, true, 0, 0},
		{"stderr", stderr, true, true, 0, 0},
		{"status", status, true, true, 0, 0},
		{"moody", moody, true, false, 0, 1},
	} {
		o := oracle{runs: true, work: dir, dir: dir, arguments: []string{"x", "y"}}
		err := o.runBoth(t.Context(), a, test.other, test.masked)
		if (err != nil) != test.differ || o.report.runs != test.compared || o.unsteady != test.nothing {
			t.Errorf("%s: %v, %d compared, %d unsteady", test.name, err, o.report.runs, o.unsteady)
		}
		if err != nil && !strings.Contains(err.Error(), "exit status 3\nstdout:\na.go:") {
			t.Errorf("%s: the error does not show what was done: %v", test.name, err)
		}
	}
}
