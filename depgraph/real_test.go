package depgraph

import (
	"context"
	"encoding/json"
	"os"
	osexec "os/exec"
	"runtime"
	"strings"
	"testing"
)

// realProgram is a large program on disk: GORUN_TEST_PROGRAM="directory package".
func realProgram(tb testing.TB) Config {
	dir, pattern, ok := strings.Cut(os.Getenv("GORUN_TEST_PROGRAM"), " ")
	if !ok {
		tb.Skip(`GORUN_TEST_PROGRAM="directory package" is not set`)
	}
	return Config{Dir: dir, Env: os.Environ(), Patterns: []string{pattern},
		GoEnv: func(context.Context) (map[string]string, error) {
			cmd := osexec.Command("go", "env", "-json")
			cmd.Dir = dir
			out, err := cmd.Output()
			if err != nil {
				return nil, err
			}
			vars := map[string]string{}
			return vars, json.Unmarshal(out, &vars)
		}}
}

func realGraph(tb testing.TB) (Config, *Graph) {
	cfg := realProgram(tb)
	g, err := Load(tb.Context(), cfg, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return cfg, g
}

func BenchmarkLoad(b *testing.B) {
	cfg := realProgram(b)
	for b.Loop() {
		if _, err := Load(b.Context(), cfg, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAssemble is what Load costs beside the go command.
func BenchmarkAssemble(b *testing.B) {
	cfg := realProgram(b)
	set, roots, err := listPackages(b.Context(), cfg, &Graph{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		assemble(set, roots, &Graph{}, false)
	}
}

func BenchmarkReload(b *testing.B) {
	cfg, g := realGraph(b)
	for b.Loop() {
		if _, err := Load(b.Context(), cfg, g); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkClassifyEverything(b *testing.B) {
	_, g := realGraph(b)
	for b.Loop() {
		if c := Classify(g, nil); c.Kind != None {
			b.Fatal(c)
		}
	}
}

func BenchmarkClassifyOne(b *testing.B) {
	_, g := realGraph(b)
	paths := g.Inputs()[:1]
	for b.Loop() {
		if c := Classify(g, paths); c.Kind != None {
			b.Fatal(c)
		}
	}
}

func BenchmarkWatchDirs(b *testing.B) {
	_, g := realGraph(b)
	for b.Loop() {
		g.WatchDirs()
	}
}

// What a graph holds on to, in bytes, and how large it is.
func TestRealProgram(t *testing.T) {
	var before, after runtime.MemStats
	cfg := realProgram(t)
	runtime.GC()
	runtime.ReadMemStats(&before)
	g, err := Load(t.Context(), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&after)
	t.Logf("%d packages, %d inputs, %d deciding, %d facts, %d directories to watch, %d KB held, errors %v",
		len(g.Packages()), len(g.Inputs()), len(g.deciding), len(g.facts), len(g.WatchDirs()),
		(int64(after.HeapAlloc)-int64(before.HeapAlloc))/1024, g.Errors())
	for _, d := range g.WatchDirs() {
		t.Log(d)
	}
	if c := Classify(g, nil); c.Kind != None {
		t.Errorf("nothing changed: %v", c)
	}
	runtime.KeepAlive(g)
}
