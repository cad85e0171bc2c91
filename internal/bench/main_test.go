package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorun-dev/gorun/internal/cli"
)

// guardTest is the environment's variable that makes the test binary the command.
const guardTest = "BENCH_TEST_COMMAND"

// TestMain lets the test binary be what the command starts itself as, and
// gorun, whose own hidden roles begin with the same names.
func TestMain(m *testing.M) {
	if status, ok := cli.Role(os.Args); ok {
		os.Exit(status)
	}
	if filepath.Base(os.Args[0]) == "gorun"+exeSuffix {
		os.Exit(cli.Main(os.Args))
	}
	if backend := os.Getenv(watchRole); backend != "" {
		if err := watchAndReport(backend, os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	if os.Getenv(guardTest) != "" {
		os.Exit(bench(os.Args[1:]))
	}
	os.Exit(m.Run())
}

func TestParse(t *testing.T) {
	for _, args := range [][]string{
		{"-only", "reload,lunch"},
		{"-programs", "huge"},
		{"-edits", "format"},
		{"-tools", "emacs"},
		{"-tool", "gorun"},
		{"-n", "0"},
		{"an-argument"},
	} {
		if _, err := parse(args, new(bytes.Buffer)); err == nil {
			t.Errorf("%q is taken", args)
		}
	}
	o, err := parse([]string{
		"-only", "reload,idle", "-tool", "mine=/bin/mine", "-tools", "mine,go-build", "-idle", "5s",
	}, new(bytes.Buffer))
	if err != nil {
		t.Fatal(err)
	}
	if names := toolNames(o.chosen()); !slices.Equal(names, []string{"go-build", "mine"}) {
		t.Errorf("chosen: %q", names)
	}
	if o.idle != 5*time.Second || wanted(o.only, "start") || !wanted(o.only, "idle") || !wanted(o.programs, "small") {
		t.Errorf("%+v", o)
	}
}

// TestEnvironment shows what of the user's environment does not reach the tools.
func TestEnvironment(t *testing.T) {
	t.Setenv("CI", "true")
	t.Setenv("GORUNFLAGS", "-once")
	t.Setenv("GOCACHE", "/the/users")
	env := environment("/w")
	for _, kv := range env {
		if kv == "CI=true" || kv == "GORUNFLAGS=-once" {
			t.Errorf("the tools get %s", kv)
		}
	}
	var caches []string
	for _, kv := range env {
		if strings.HasPrefix(kv, "GOCACHE=") {
			caches = append(caches, kv)
		}
	}
	if !slices.Equal(caches, []string{"GOCACHE=" + filepath.Join("/w", "gocache")}) {
		t.Errorf("the build cache is %q", caches)
	}
}
