package incremental

import (
	"strings"
	"testing"
)

// TestExcludedIsNotAbsent shows that a file whose changes start no build (-exclude) is in the next
// build all the same, and that it makes no mismatch of a direct build before it.
func TestExcludedIsNotAbsent(t *testing.T) {
	d := newDesk(t, nil)
	d.exclude = func(path string) bool { return strings.HasSuffix(path, "_gen.go") }
	d.load()
	d.idle("the direct way is prepared")
	d.write("lib/x_gen.go", "package lib\n\nfunc init() { count = 7; println(\"generated\") }\n")
	if plan, r := d.edit("lib/lib.go", "count += i", "count += 2*i"); r.Exe == nil ||
		!strings.Contains(d.prints(r.Exe), "generated") {
		t.Errorf("a new source: %v, %+v", plan, r)
	}
	// Once more, between a direct build and its verification.
	if d.g.ExcludedChanged() {
		t.Error("what the build had in it is unseen")
	}
	d.idle("the direct way is prepared")
	if _, r := d.edit("lib/lib.go", "count += 2*i", "count += 3*i"); r.How != "1 package direct" {
		t.Fatalf("%+v", r)
	}
	d.write("right/y_gen.go", "package right\n\nfunc init() { println(\"more\") }\n")
	d.idle("not verified: files have changed since")
	select {
	case a := <-d.b.Alarms():
		t.Errorf("alarm: %+v", a)
	default:
	}
	if _, r := d.edit("lib/lib.go", "count += 3*i", "count += 4*i"); r.Exe == nil ||
		!strings.Contains(d.prints(r.Exe), "more") {
		t.Errorf("a new source before the verification: %+v", r)
	}
	// The next builds are direct again, with what an excluded file says by then.
	d.idle("the direct way is prepared")
	d.write("right/y_gen.go", "package right\n\nfunc init() { println(\"most\") }\n")
	if _, r := d.edit("lib/lib.go", "count += 4*i", "count += 5*i"); r.How != "2 packages direct" ||
		!strings.Contains(d.prints(r.Exe), "most") {
		t.Errorf("another content: %+v", r)
	}
	d.idle("verified in")
}
