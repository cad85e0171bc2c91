package main

import (
	"bytes"
	"math/rand/v2"
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
	if err := o.prepare(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if err := o.ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	// A flag that the direct way is not told of.
	o.flags = append(o.flags, "-trimpath")
	if way, err := o.compare(t.Context(), rand.New(rand.NewPCG(1, 0))); err == nil {
		t.Errorf("no difference seen: %s", way)
	}
}
