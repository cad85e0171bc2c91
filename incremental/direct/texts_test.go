package direct

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"testing"

	"github.com/gorun-dev/gorun/incremental/archive"
)

func TestTexts(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "texts")
	old, err := newTexts(dir)
	if err != nil {
		t.Fatal(err)
	}
	sum := func(s string) archive.Sum { return sha256.Sum256([]byte(s)) }
	add := func(x *texts, s string) {
		t.Helper()
		if err := x.add(sum(s), []byte(s)); err != nil {
			t.Fatal(err)
		}
	}
	want := func(x *texts, s string, there bool) {
		t.Helper()
		if text, ok := x.get(sum(s)); ok != there || ok && string(text) != s {
			t.Errorf("%q: %q, %v", s, text, ok)
		}
	}
	for _, s := range []string{"a", "b", ""} {
		add(old, s)
		want(old, s, true)
	}
	// A successor in the same directory leaves what it does not have until it has built.
	next, err := newTexts(dir)
	if err != nil {
		t.Fatal(err)
	}
	want(next, "a", false)
	add(next, "a")
	add(next, "c")
	want(old, "b", true)
	next.retain(func(s archive.Sum) bool { return s == sum("a") })
	want(next, "a", true)
	want(next, "c", false)
	want(old, "b", false)
	if list, err := os.ReadDir(dir); err != nil || len(list) != 1 {
		t.Errorf("%d texts kept, %v", len(list), err)
	}
}

// What was in memory before its first edit need not be there; that it is gone from the disk is
// no reason for a wrong program.
func TestTextsGone(t *testing.T) {
	s := setupOf(t)
	d := prepare(t, s)
	if err := os.RemoveAll(d.texts.dir); err != nil {
		t.Fatal(err)
	}
	s.edit(t, "lib/lib.go", "count += i", "count += 2*i")
	if _, err := d.Build(t.Context()); err == nil {
		t.Error("built with a header that nothing was known of")
	}
}
