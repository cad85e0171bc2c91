package oracle

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

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

// A twin leaves one thing inexact: the line of a function that was inlined into an importer, and
// that has moved since. It shows when the programs run, it is masked, and it is right again after
// the direct way was prepared again.
func TestTwinLines(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program four times")
	}
	ctx := t.Context()
	o := generated(t)
	o.runs = true
	name := filepath.Join(o.dir, "p06", "a.go")
	write := func(from, to string) {
		t.Helper()
		src, err := os.ReadFile(name)
		if err != nil || !strings.Contains(string(src), from) {
			t.Fatalf("no %q (%v)", from, err)
		}
		if err := os.WriteFile(name, []byte(strings.Replace(string(src), from, to, 1)), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write(`"strings"`, "\"runtime\"\n\t\"strings\"")
	write("func Small(x int) int { return", "//go:noinline\nfunc position() {\n"+
		"\t_, file, line, _ := runtime.Caller(1)\n\tprintln(file+\":\", line)\n}\n\n"+
		"func Small(x int) int { position(); return")
	if err := o.ready(ctx); err != nil || o.direct == nil {
		t.Fatal(err, o.report)
	}
	write("\tif x > 100 {", "\n\n\tif x > 100 {")
	out, err := o.direct.Build(ctx)
	if err != nil || len(out.Twins) != 1 {
		t.Fatalf("%+v, %v", out, err)
	}
	exe, stderr, err := o.goRun(ctx)
	if err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	var did [2]doing
	for i, e := range []string{out.Executable, exe} {
		if did[i], err = o.execute(ctx, e); err != nil {
			t.Fatal(err)
		}
	}
	if did[0] == did[1] {
		t.Errorf("the twin's lines are right: %s", did[0])
	}
	if err := o.runBoth(ctx, out.Executable, exe, true); err != nil || o.report.runs != 1 {
		t.Errorf("masked: %v", err)
	}
	if err := o.runBoth(ctx, out.Executable, exe, false); err == nil {
		t.Error("not masked, and no difference seen")
	}
	if err := o.prepareAgain(ctx, exe); err != nil {
		t.Error(err)
	}
}
