package incremental

import (
	"os"
	"testing"
)

// The cache directory is deleted while a program runs: the next build is go build's, and the
// direct way comes back, whether it was prepared before or not.
func TestCacheDirectoryGoesAway(t *testing.T) {
	for _, before := range []bool{true, false} {
		d := newDesk(t, nil)
		if before {
			d.idle("the direct way is prepared")
		}
		if err := os.RemoveAll(d.b.cfg.Store.cache); err != nil {
			t.Fatal(err)
		}
		if !before {
			d.idle("the direct way is prepared")
		} else if _, r := d.edit("lib/lib.go", "count += i", "count += 7*i"); r.Exe == nil {
			t.Fatalf("the first build: %+v", r)
		} else {
			d.idle("the direct way is prepared")
		}
		_, r := d.edit("lib/lib.go", "i := range n", "i := range 2*n")
		if r.How != "1 package direct" || r.Exe == nil {
			t.Errorf("prepared before: %v: %+v", before, r)
		}
	}
}

// It goes between a direct build and its verification: there is nothing to compare with, and
// no mismatch.
func TestCacheDirectoryGoesBeforeVerification(t *testing.T) {
	d := newDesk(t, nil)
	d.idle("the direct way is prepared")
	if _, r := d.edit("lib/lib.go", "count += i", "count += 7*i"); r.How != "1 package direct" {
		t.Fatalf("%+v", r)
	}
	if err := os.RemoveAll(d.b.cfg.Store.cache); err != nil {
		t.Fatal(err)
	}
	d.idle("not verified")
	select {
	case a := <-d.b.Alarms():
		t.Errorf("alarm: %+v", a)
	default:
	}
	if _, r := d.edit("lib/lib.go", "i := range n", "i := range 2*n"); r.Exe == nil {
		t.Fatalf("%+v", r)
	}
	d.idle("the direct way is prepared")
	if _, r := d.edit("lib/lib.go", "i := range 2*n", "i := range 3*n"); r.How != "1 package direct" {
		t.Errorf("%+v", r)
	}
}
