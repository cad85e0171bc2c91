package main

import (
	"bytes"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	if os.Getenv(helperEnv) != "" {
		os.Exit(run(os.Args[1:], os.Stdout))
	}
	os.Exit(m.Run())
}

// A short run of what the command does at length.
func TestOracle(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program some fifty times")
	}
	for name, args := range map[string][]string{
		"exact": {"-exact", "-n", "15", "-seed", "101"},
		"twins": {"-n", "25", "-seed", "102"},
	} {
		var out bytes.Buffer
		if status := run(append(args, "-packages", "8", "-work", t.TempDir()), &out); status != 0 {
			t.Errorf("%s: status %d\n%s", name, status, out.Bytes())
		}
	}
}

// The oracle sees a difference when there is one.
func TestOracleSees(t *testing.T) {
	dir := t.TempDir()
	o := oracle{n: 1, seed: 1, work: dir, out: new(bytes.Buffer)}
	if err := o.prepare(2); err != nil {
		t.Fatal(err)
	}
	if err := o.ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	// An edit that the direct way is not told of.
	name := o.packages[0].GoFiles[0]
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, bytes.Replace(text, []byte("x*2 + 1"), []byte("x*2 + 3"), 1), 0o666); err != nil {
		t.Fatal(err)
	}
	if way, err := o.compare(t.Context(), o.packages[1].GoFiles[0], "nothing"); err == nil {
		t.Errorf("no difference seen: %s", way)
	}
}
