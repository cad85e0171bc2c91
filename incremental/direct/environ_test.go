package direct

import (
	"context"
	"slices"
	"testing"
)

// What `go env` says counts for the tools, also of a variable that the user has set to
// nothing; and each name is there once.
func TestToolEnv(t *testing.T) {
	env := toolEnv([]string{"GOARCH=", "A=1", "GOOS=linux"},
		map[string]string{"GOARCH": "arm64", "GOOS": "linux", "CC": "gcc"})
	slices.Sort(env)
	if want := []string{"A=1", "CC=gcc", "GOARCH=arm64", "GOOS=linux"}; !slices.Equal(env, want) {
		t.Errorf("%q, want %q", env, want)
	}
}

// A tool gets the directory that it runs in as its PWD, spelled as in the recipe, and not
// that in which gorun was started.
func TestToolDirectory(t *testing.T) {
	env := []string{"PWD=/where/gorun/is", "A=1"}
	var got []string
	run := func(_ context.Context, _ []string, _ string, env []string) ([]byte, []byte, error) {
		got = env
		return nil, nil, nil
	}
	if err := runTool(t.Context(), run, []string{"compile"}, "/link/to/p", env, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"PWD=/link/to/p", "A=1"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// What a step sets for its tool is there once: GOROOT is set to nothing for a link with -trimpath.
func TestStepEnv(t *testing.T) {
	env := []string{"GOROOT=/go", "A=1"}
	got := stepEnv(env, []string{"GOROOT=", "B=2"}, "p")
	if want := []string{"GOROOT=", "A=1", "B=2", "TOOLEXEC_IMPORTPATH=p"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if env[0] != "GOROOT=/go" {
		t.Error("it writes into the caller's slice")
	}
}
