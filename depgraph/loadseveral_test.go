package depgraph

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// Graphs that were loaded together are those that each program has when it is loaded alone, and
// go on as those.
func TestLoadSeveral(t *testing.T) {
	p := newProgram(t, `
-- go.mod --
module example.com/m

go 1.26
-- lib/lib.go --
package lib

import _ "embed"

//go:embed text.txt
var Text string
-- lib/text.txt --
text
-- lib/lib_other.go --
//go:build other

package lib
-- cmd/a/main.go --
package main

import _ "example.com/m/lib"

func main() {}
-- cmd/b/main.go --
package main

import (
	_ "embed"

	_ "example.com/m/lib"
	_ "fmt"
)

//go:embed main.go
var source string

func main() {}
-- cmd/c/main.go --
package main

func main() {}
-- cmd/broken/main.go --
package main

import _ "example.com/m/missing"

func main() {}
`, "./cmd/a")
	var asked atomic.Int32
	goenv := p.cfg.GoEnv
	p.cfg.GoEnv = func(ctx context.Context) (map[string]string, error) {
		asked.Add(1)
		return goenv(ctx)
	}
	var cfgs []Config
	for _, pattern := range []string{"./cmd/a", "example.com/m/cmd/b", p.dir + "/cmd/c"} {
		cfg := p.cfg
		cfg.Patterns = []string{pattern}
		cfgs = append(cfgs, cfg)
	}
	graphs, errs := LoadSeveral(t.Context(), cfgs, make([]*Graph, len(cfgs)))
	if n := int(asked.Load()); n >= len(cfgs) { // two: files so young are listed again
		t.Errorf("%d listings for %d programs", n, len(cfgs))
	}
	for i, cfg := range cfgs {
		alone, err := Load(t.Context(), cfg, nil)
		if err != nil || errs[i] != nil {
			t.Fatal(err, errs[i])
		}
		for what, of := range map[string]func(*Graph) any{
			"inputs":      func(g *Graph) any { return g.Inputs() },
			"directories": func(g *Graph) any { return g.WatchDirs() },
			"packages":    func(g *Graph) any { return g.Packages() },
			"main":        func(g *Graph) any { return *g.Main() },
			"lib":         func(g *Graph) any { return g.Package("example.com/m/lib") },
		} {
			if got, want := of(graphs[i]), of(alone); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %s %v, alone %v", cfg.Patterns, what, got, want)
			}
		}
	}

	// A file of two programs, and two of one.
	kinds := func(path string) string {
		t.Helper()
		f := filepath.Join(p.dir, path)
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		text = []byte(strings.ReplaceAll(string(text), "}", "\n}"))
		if err := os.WriteFile(f, append(text, '\n'), 0o666); err != nil {
			t.Fatal(err)
		}
		var list []Kind
		for _, g := range graphs {
			list = append(list, Classify(g, []string{f}).Kind)
		}
		return fmt.Sprint(list)
	}
	for path, want := range map[string][]Kind{
		"lib/text.txt":  {Rebuild, Rebuild, None},
		"cmd/c/main.go": {None, None, Rebuild},
		"cmd/b/main.go": {None, Rebuild, None},
	} {
		if got := kinds(path); got != fmt.Sprint(want) {
			t.Errorf("%s: %s, want %v", path, got, want)
		}
	}

	// An error of one leaves the others alone.
	cfgs[2].Patterns = []string{"./cmd/broken"}
	graphs, errs = LoadSeveral(t.Context(), cfgs, graphs)
	if err := slices.IndexFunc(errs, func(err error) bool { return err != nil }); err >= 0 {
		t.Error(errs)
	}
	if len(graphs[0].Errors()) > 0 || len(graphs[2].Errors()) == 0 {
		t.Errorf("errors %v and %v", graphs[0].Errors(), graphs[2].Errors())
	}
	cfgs[2].Patterns = []string{"./cmd/nowhere"}
	graphs, _ = LoadSeveral(t.Context(), cfgs, graphs)
	if graphs[1].Main() == nil || graphs[1].Stale() || graphs[2] == nil {
		t.Error("a package that is none has cost another one its graph")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	same, errs := LoadSeveral(ctx, cfgs, graphs)
	if errs[0] != context.Canceled || same[0] != graphs[0] {
		t.Errorf("cancelled: %v", errs)
	}
}
