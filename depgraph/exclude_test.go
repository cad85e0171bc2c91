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
	if p.g.Unseen() {
		t.Error("something unseen in a new graph")
	}
	began := time.Now()
	p.replace("lib/deep/deep.go", "return 1", "return 2")
	p.expect(None, "excluded: content changed", "lib/deep/deep.go")
	if !p.g.Unseen() {
		t.Error("the change of an excluded input is not known")
	}
	if changed := p.g.ChangedSince(began); len(changed) > 0 {
		t.Errorf("ChangedSince says %v", changed)
	}
	p.put("lib/deep/new.go", "package deep\n")
	p.expect(None, "excluded: new file", "lib/deep/new.go")
	p.remove("lib/deep/new.go")
	p.expect(None, "", "lib/deep/new.go")
	p.replace("lib/lib.go", "return deep", "return 1 + deep")
	p.expect(Rebuild, "content changed", "lib/lib.go", "lib/deep/deep.go")
	p.reload()
	if p.g.Unseen() {
		t.Error("unseen after the graph was loaded again")
	}
}
