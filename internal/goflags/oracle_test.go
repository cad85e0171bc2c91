package goflags

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// goRun runs the go command and returns its standard error and status.
func goRun(t *testing.T, dir string, env []string, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PWD="+dir, "GOFLAGS=", "GOWORK=off", "GO111MODULE=")
	cmd.Env = append(cmd.Env, env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// module is a directory with a program that the go command never gets to build here.
func module(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{"go.mod": "module example.com/m\n\ngo 1.26\n",
		"main.go": "package main\n\nfunc main() {}\n", "sub/a": ""} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

var undocumented = []string{"debug-actiongraph", "debug-runtime-trace", "debug-trace"}

func TestTable(t *testing.T) {
	build, _, _ := goRun(t, t.TempDir(), nil, "help", "build")
	run, _, _ := goRun(t, t.TempDir(), nil, "help", "run")
	documented := map[string]bool{} // name to whether it needs no value
	for _, m := range regexp.MustCompile(`(?m)^\t-([\w-]+)(.*)$`).FindAllStringSubmatch(build, -1) {
		documented[m[1]] = m[2] == ""
	}
	usage, _, _ := strings.Cut(run, "\n")
	for _, m := range regexp.MustCompile(`\[-([\w-]+)( \w+)?\]`).FindAllStringSubmatch(usage, -1) {
		documented[m[1]] = m[2] == ""
	}
	if len(documented) < 30 || usage != strings.TrimPrefix(strings.Split(goUsage, "\n")[0], "") {
		t.Fatalf("cannot read the help: %d flags, %q", len(documented), usage)
	}
	for name, bare := range documented {
		f, ok := table[name]
		if !ok {
			t.Errorf("the table lacks -%s", name)
		} else if f.bool != bare {
			t.Errorf("-%s: bool %v, but the help says %v", name, f.bool, bare)
		}
	}
	for name := range table {
		if _, ok := documented[name]; !ok && !slices.Contains(undocumented, name) {
			t.Errorf("-%s is in the table, not in the help", name)
		}
	}

	// What the help does not say is in the source.
	goroot, _, _ := goRun(t, t.TempDir(), nil, "env", "GOROOT")
	src, err := os.ReadFile(filepath.Join(strings.TrimSpace(goroot), "src", "cmd", "go", "internal", "work",
		"build.go"))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("GOROOT has no sources")
	}
	_, body, _ := strings.Cut(string(src), "\nfunc AddBuildFlags(")
	body, _, _ = strings.Cut(body, "\n}\n")
	names := regexp.MustCompile(`cmd\.Flag\.\w+\([^"\n]*"([\w-]+)"`).FindAllStringSubmatch(body, -1)
	if len(names) < 20 {
		t.Fatalf("cannot read AddBuildFlags: %q", names)
	}
	for _, m := range names {
		if _, ok := table[m[1]]; !ok {
			t.Errorf("the table lacks -%s", m[1])
		}
	}
}

// likeGo compares Split with `go run` on a command line that the go command refuses one way or
// another before it builds. With values, the go command may find fault in one after reading the
// flags and before looking at what to build, where Check speaks.
func likeGo(t *testing.T, dir string, args []string, values bool) {
	t.Helper()
	line, err := Split(args, nil)
	read := err == nil
	if read {
		err = line.Check()
	}
	_, stderr, status := goRun(t, dir, nil, append([]string{"run"}, args...)...)
	if strings.HasPrefix(stderr, "WORK=") { // -work
		_, stderr, _ = strings.Cut(stderr, "\n")
	}
	var fault *UsageError
	switch {
	case errors.As(err, &fault):
		if values && read && status != 0 && stderr != "" && !strings.Contains(stderr, "usage:") {
			return
		}
		if fault.Text != stderr || fault.Status != status {
			t.Errorf("%q: status %d\n%s`go run`: status %d\n%s", args, fault.Status, fault.Text, status, stderr)
		}
	case err != nil:
		if stderr != goUsage { // -h
			t.Errorf("%q: %v\n`go run`: status %d\n%s", args, err, status, stderr)
		}
	default:
		t.Errorf("%q passes\n`go run`: status %d\n%s", args, status, stderr)
	}
}

// Every flag with every kind of value, right and wrong. The operand is one that the go command refuses.
func TestValuesLikeGo(t *testing.T) {
	dir := module(t)
	values := []string{"", "x", "true", "T", "0", "1", "-1", "0x10", "99999999999999999999", "1_000", " 2", "'a",
		"\"a b", "a'b", "'a b' c", "a b", "=x", "all=-N", "all='x",
		"'p'=-N", " -N ", "-X 'a=b'", "-s \"", "set", "atomic", "auto", "gc", "gccgo", "a,b", "été\n\x01", "`", "%d"}
	var lines [][]string
	for _, name := range slices.Sorted(maps.Keys(table)) {
		if name == "C" || strings.HasPrefix(name, "debug-") {
			continue // another test has -C; the others write files
		}
		lines = append(lines, []string{"-" + name}, []string{"--" + name, "x_test.go"})
		for _, v := range values {
			lines = append(lines, []string{"-" + name + "=" + v, "x_test.go"})
			if !table[name].bool {
				lines = append(lines, []string{"--" + name, v, "x_test.go"})
			}
		}
	}
	rnd := rand.New(rand.NewPCG(1, 2)) // the same choice each time, as it is a table
	rnd.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	n := len(lines)
	if testing.Short() {
		n = 100
	}
	t.Logf("%d of %d command lines", n, len(lines))
	for _, args := range lines[:n] {
		likeGo(t, dir, args, true)
	}
}

func TestLinesLikeGo(t *testing.T) {
	dir := module(t)
	for _, args := range []string{
		"", "-", "--", "--|-x", "-h", "-help", "--help=x", "-race|-h", "-o|x|.", "-o=x|.", "-bogus", "--bogus=x|.",
		"---x", "-=x", "--=x", "-été", "-race|-bogus|.",
		"x_test.go", "main.go|x_test.go", "x_test.go|main.go", "-v|--|x_test.go", "_test.go",
		"-C", "-C=", "--C=", "-C||.", "-C=|-bogus", "-C|sub", "-C=sub|x_test.go", "--C|sub|--|-", "-C|sub|-C|sub|.",
		"-race|-C|sub|.", "-race|-C=sub|.", "-C|sub|-bogus",
		"-tags|-bogus", "-tags|a|-bogus", "-covermode=x|-bogus", "-p|x|-bogus", "-n=maybe", "-test.v", "-count=1|.",
		"-json=", "-compiler|", "-grace=1s|.",
	} {
		likeGo(t, dir, words(args), false)
	}
}

// GORUNFLAGS has the syntax and the words of GOFLAGS.
func TestDefaultsLikeGOFLAGS(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("variables are written otherwise")
	}
	dir := module(t)
	for _, value := range []string{
		"x", "-", "--", "---race", "-=x", "--=x", "-bogus", "--bogus=1", "'-race", "-race \"", "'-bogus flag'", "-p",
		"-p=x", "--p=x", "-race=x", "--race=", "-mod", "-C", "-C=sub", "--C=sub",
		"-buildvcs=x", "-covermode=x", "-compiler=", "-gcflags=x", "-tags='a", "'-tags=a b' -tags='", "-exec=\"x",
		"-race x", "-n -p=0x", "-race -bogus -p=x",
	} {
		_, err := Split([]string{"x_test.go"}, nil, Defaults{Variable: "GORUNFLAGS", Value: value})
		var fault *UsageError
		if !errors.As(err, &fault) {
			t.Errorf("%s: %v", value, err)
			continue
		}
		_, stderr, status := goRun(t, dir, []string{"GOFLAGS=" + value}, "run", "x_test.go")
		want := strings.NewReplacer("GOFLAGS", "GORUNFLAGS", goUsage, ownUsage).Replace(stderr)
		want = "gorun" + strings.TrimPrefix(want, "go")
		if fault.Text != want || fault.Status != status {
			t.Errorf("%s: status %d\n%s`go run`: status %d\n%s", value, fault.Status, fault.Text, status, want)
		}
	}
}

// The program's arguments and -exec, seen where the go command says what it would run.
func TestOperandsLikeGo(t *testing.T) {
	dir := module(t)
	for _, args := range []string{
		"-n|.", "-n|main.go|a|b.go", "-n|--|main.go|--|-race", "-n|.|main.go|-n", "-n|-exec=x 'y  z'|.|a",
		"-n|-exec=x|-exec=|.|a", "-n|-C=|.",
		"-C|.|-n|example.com/m|-C|x", "-n|./|a@b", "-n|-tags=a b|-ldflags=-s -w|.|--",
	} {
		line, err := Split(words(args), nil)
		if err != nil {
			continue // compared elsewhere
		}
		_, stderr, status := goRun(t, dir, nil, append([]string{"run"}, words(args)...)...)
		if status != 0 {
			t.Errorf("%s: `go run` fails: %s", args, stderr)
			continue
		}
		lines := strings.Split(strings.TrimSpace(stderr), "\n")
		got := strings.Fields(lines[len(lines)-1])
		want := strings.Fields(strings.Join(slices.Concat(line.Exec, []string{"EXE"}, line.Args), " "))
		if n := len(strings.Fields(strings.Join(line.Exec, " "))); n < len(got) && strings.HasPrefix(got[n], "$WORK") {
			got[n] = "EXE"
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, `go run` would run %q", args, want, got)
		}
	}
}

// `go list` takes every flag of ListFlags, and `go build` all of Build: what gorun will call with them.
func TestOthersTakeFlags(t *testing.T) {
	dir := module(t)
	if err := os.WriteFile(filepath.Join(dir, "o.json"), []byte("{}"), 0o666); err != nil {
		t.Fatal(err)
	}
	good := map[string]string{"p": "1", "covermode": "set", "coverpkg": "./...", "buildmode": "default",
		"compiler": "gc", "mod": "mod", "modfile": "go.mod", "overlay": "o.json",
		"pgo": "off", "pkgdir": filepath.Join(dir, "pkg"), "tags": "a", "installsuffix": "x"}
	var args []string
	for name, f := range table {
		switch {
		case f.bool:
			args = append(args, fmt.Sprintf("-%s=%v", name, name == "n" || name == "trimpath"))
		case name != "C" && name != "exec" && !strings.HasPrefix(name, "debug-"):
			args = append(args, "-"+name+"="+good[name])
		}
	}
	line, err := Split(append(args, "."), nil)
	if err != nil {
		t.Fatal(err)
	}
	list := line.ListFlags()
	if len(list) < 10 {
		t.Errorf("ListFlags %q", list)
	}
	command := slices.Concat([]string{"list"}, list, line.Packages)
	if out, stderr, status := goRun(t, dir, nil, command...); status != 0 || out != "example.com/m\n" {
		t.Errorf("go list %q: status %d, %q\n%s", list, status, out, stderr)
	}
	command = slices.Concat([]string{"build", "-o", filepath.Join(dir, "exe")}, line.Build, line.Packages)
	if _, stderr, status := goRun(t, dir, nil, command...); status != 0 {
		t.Errorf("go build %q: status %d\n%s", line.Build, status, stderr)
	}
}
