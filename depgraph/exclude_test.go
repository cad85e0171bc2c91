package depgraph

import (
	"strings"
	"testing"
	"time"
)

// What Config.Exclude names is never acted on, whatever becomes of it.
func TestExclude(t *testing.T) {
	p := newProgram(t, base, "./cmd/app")
	p.cfg.Exclude = func(path string) bool { return strings.HasPrefix(path, p.path("lib/deep")) }
	p.load()
	if p.g.ExcludedChanged() {
		t.Error("something unseen in a new graph")
	}
	began := time.Now()
	p.replace("lib/deep/deep.go", "return 1", "return 2")
	p.expect(None, "excluded: content changed", "lib/deep/deep.go")
	if !p.g.ExcludedChanged() {
		t.Error("the change of an excluded input is not known")
	}
	if changed := p.g.ChangedSince(began); len(changed) > 0 {
		t.Errorf("ChangedSince says %v", changed)
	}
	// It is in the next build, whatever that is made for.
	p.replace("lib/lib.go", "return deep", "return 1 + deep")
	c := p.expect(Rebuild, "content changed", "lib/lib.go")
	if d := c.Details[len(c.Details)-1]; d.Path != p.path("lib/deep/deep.go") || d.Kind != Rebuild ||
		len(c.Packages) != 2 {
		t.Errorf("the excluded file is not in the change: %v", c)
	}
	if p.g.ExcludedChanged() {
		t.Error("unseen after a build with it")
	}
	p.put("lib/deep/new.go", "package deep\n")
	p.expect(None, "excluded: new file", "lib/deep/new.go")
	p.replace("lib/lib.go", "return 1 +", "return 2 +")
	if c := p.classify("lib/lib.go"); c.Kind != Reload {
		t.Errorf("a new file is in the build: %v", c)
	}
	p.reload()
	p.remove("lib/deep/new.go")
	p.expect(None, "excluded: ", "lib/deep/new.go")
	p.replace("lib/lib.go", "return 2 +", "return 3 +")
	if c := p.classify("lib/lib.go"); c.Kind != Reload {
		t.Errorf("a file is gone: %v", c)
	}
	if !p.g.ExcludedChanged() {
		t.Error("seen, though the graph was not loaded again")
	}
	p.reload()
	if p.g.ExcludedChanged() {
		t.Error("unseen after the graph was loaded again")
	}
}
