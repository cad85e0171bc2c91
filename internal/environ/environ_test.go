package environ

import (
	"os"
	osexec "os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func TestLookup(t *testing.T) {
	env := []string{"PATHS=no", "PATH=first", "PATH=last", "EMPTY=", "EMPTY=later", "=odd", "bare"}
	for name, want := range map[string]string{"PATH": "first", "EMPTY": "", "PATHS": "no"} {
		if got, ok := Lookup(env, name); got != want || !ok {
			t.Errorf("%s is %q, %v, want %q", name, got, ok, want)
		}
	}
	for _, name := range []string{"PAT", "bare", "odd", "NONE"} {
		if got, ok := Lookup(env, name); ok {
			t.Errorf("%s is not set, and %q", name, got)
		}
	}
}

func TestSet(t *testing.T) {
	for _, c := range []struct{ env, set, want []string }{
		{[]string{"A=1", "PATH=/bin", "B=2"}, []string{"PATH=/new"}, []string{"A=1", "PATH=/new", "B=2"}},
		{[]string{"PATH=/1", "A=1", "PATH=/2"}, []string{"PATH=/new"}, []string{"PATH=/new", "A=1"}},
		{[]string{"PATHS=/1"}, []string{"PATH=/new"}, []string{"PATHS=/1", "PATH=/new"}},
		{[]string{"B=1", "A=1"}, []string{"A=2", "C=3", "B=2"}, []string{"B=2", "A=2", "C=3"}},
		{nil, []string{"A="}, []string{"A="}},
	} {
		before := slices.Clone(c.env)
		if got := Set(c.env, c.set...); !slices.Equal(got, c.want) {
			t.Errorf("Set(%q, %q) = %q, want %q", c.env, c.set, got, c.want)
		}
		if !slices.Equal(c.env, before) {
			t.Errorf("Set has written to its argument: %q", c.env)
		}
	}
}

func TestWithout(t *testing.T) {
	env := []string{"A=1", "B=2", "A=3", "AA=4"}
	if got, want := Without(env, "A", "C"), []string{"B=2", "AA=4"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if env[0] != "A=1" || env[3] != "AA=4" {
		t.Errorf("Without has written to its argument: %q", env)
	}
}

func TestAddOverridesNothing(t *testing.T) {
	env := make([]string, 2, 4)
	copy(env, []string{"A=outside", "EMPTY="})
	got := Add(env, map[string]string{"C": "file", "A": "file", "EMPTY": "file", "B": "file"})
	if want := []string{"A=outside", "EMPTY=", "B=file", "C=file"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if behind := env[:3][2]; behind != "" {
		t.Errorf("Add writes behind the caller's slice: %q", behind)
	}
}

// twice is the name of a variable that is set twice, and says that this process is to
// print what it sees of it.
const twice = "GORUN_TEST_TWICE"

// TestMain prints what a Go program sees of a variable that is set twice.
func TestMain(m *testing.M) {
	if value, ok := os.LookupEnv(twice); ok {
		n := 0
		for _, kv := range os.Environ() {
			if strings.HasPrefix(kv, twice+"=") {
				n++
			}
		}
		os.Stdout.WriteString(value + strings.Repeat(".", n))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// A Go program, and a C program, that is started with a list as it is takes the first of
// two equal names; so does Lookup, and after Set there are no two.
func TestTheFirstCounts(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	env := append(Without(os.Environ(), twice), twice+"=first", twice+"=last")
	for _, c := range []struct {
		what string
		env  []string
		want string
	}{
		{"as it is", env, "first"},
		{"after Set", Set(env, twice+"=set"), "set"},
	} {
		if got := Get(c.env, twice); got != c.want {
			t.Errorf("%s: Get says %q, want %q", c.what, got, c.want)
		}
		if got, want := outputOf(t, self, []string{self}, c.env), c.want+"."; got != want {
			t.Errorf("%s: a Go program sees %q, want %q", c.what, got, want)
		}
		printenv, err := osexec.LookPath("printenv")
		if err != nil {
			continue
		}
		lines := strings.Fields(outputOf(t, printenv, []string{"printenv", twice}, c.env))
		if lines == nil || lines[0] != c.want {
			t.Errorf("%s: printenv prints %q, want %q", c.what, lines, c.want)
		}
	}
}

// The go command, which gorun asks by lists of its own making, takes the first as well.
func TestTheGoCommandTakesTheFirst(t *testing.T) {
	goCmd, err := osexec.LookPath("go")
	if err != nil {
		t.Skip(err)
	}
	env := append(Without(os.Environ(), "GOFLAGS", twice), "GOFLAGS=-tags=first", "GOFLAGS=-tags=last")
	got := strings.TrimSpace(outputOf(t, goCmd, []string{"go", "env", "GOFLAGS"}, env))
	if want := Get(env, "GOFLAGS"); got != want || got != "-tags=first" {
		t.Errorf("the go command sees %q, Get says %q", got, want)
	}
}

// outputOf starts a process with an environment as it is, which os/exec would not, and
// returns what it prints.
func outputOf(t *testing.T, path string, args, env []string) string {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	p, err := os.StartProcess(path, args, &os.ProcAttr{Env: env, Files: []*os.File{nil, out, os.Stderr},
		Sys: new(syscall.SysProcAttr)})
	if err != nil {
		t.Fatal(err)
	}
	if state, err := p.Wait(); err != nil || !state.Success() {
		t.Fatalf("%s: %v, %v", path, state, err)
	}
	text, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestCompare(t *testing.T) {
	for _, tt := range []struct {
		before, after string // variables, each of which ends in a space
		set, unset    string
	}{
		{"A=1 B=2 ", "A=1 B=2 ", "", ""},
		{"A=1 B=2 ", "B=2 A=1 ", "", ""},
		{"A=1 ", "A=2 B= ", "A=2 B=", ""},
		{"A=1 B= C=3 ", "C=3 ", "", "A B"},
		{"A=1 A=2 ", "A=1 ", "", ""}, // the first one counts
		{"A=1 ", "A=1 A=2 ", "", ""},
		{"A=1 A=2 ", "A=2 ", "A=2", ""},
		{"", "", "", ""},
	} {
		before, after := strings.Fields(tt.before), strings.Fields(tt.after)
		d := Compare(before, after)
		if got := strings.Join(d.Set, " "); got != tt.set || strings.Join(d.Unset, " ") != tt.unset {
			t.Errorf("%q to %q: set %q, unset %q", before, after, d.Set, d.Unset)
		}
		applied := d.Apply(before)
		for _, name := range []string{"A", "B", "C"} {
			got, ok := Lookup(applied, name)
			if want, set := Lookup(after, name); got != want || ok != set {
				t.Errorf("%q to %q: %s is %q (%v) when that is applied", before, after, name, got, ok)
			}
		}
	}
}
