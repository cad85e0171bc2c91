package oracle

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gorun-dev/gorun/incremental/direct"
)

// generated returns an oracle of a small generated module that was not built.
func generated(t *testing.T) *oracle {
	o := &oracle{work: t.TempDir(), out: new(bytes.Buffer)}
	if err := o.prepare(t.Context(), 8); err != nil {
		t.Fatal(err)
	}
	return o
}

// Every edit of the table finds its place somewhere, and what comes out is a file that parses,
// unless that is the point.
func TestEdits(t *testing.T) {
	o := generated(t)
	for _, e := range edits {
		r := rand.New(rand.NewPCG(1, 2))
		found := 0
		for range 200 {
			p, _ := pick(r, o.packages)
			name, _ := pick(r, p.GoFiles)
			src, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			f, err := parse(src)
			if err != nil {
				t.Fatal(err)
			}
			text := e.do(r, f, 7)
			if text == nil {
				continue
			}
			found++
			if bytes.Equal(text, src) {
				t.Errorf("%s, %s: nothing changed", e.kind, e.name)
			}
			if _, err := parse(text); err != nil && e.kind != mistake {
				t.Fatalf("%s, %s: %v\n%s", e.kind, e.name, err, text)
			}
		}
		if found == 0 {
			t.Errorf("%s, %s: no place in the generated module", e.kind, e.name)
		}
	}
}

// A seed stands for the same edits every time.
func TestSeed(t *testing.T) {
	var trees [2]map[string]string
	for i := range trees {
		o := generated(t)
		r := rand.New(rand.NewPCG(3, 0))
		for n := range 100 {
			if err := o.random(r, n).write(); err != nil {
				t.Fatal(err)
			}
		}
		trees[i] = make(map[string]string)
		for _, p := range o.packages {
			for _, f := range slices.Concat(p.GoFiles, p.EmbedFiles) {
				text, err := os.ReadFile(f)
				if err != nil {
					t.Fatal(err)
				}
				rel, _ := filepath.Rel(o.dir, f)
				trees[i][rel] = string(text)
			}
		}
	}
	if !maps.Equal(trees[0], trees[1]) {
		t.Error("the same seed, other edits")
	}
	fresh := generated(t)
	same := 0
	for rel, text := range trees[0] {
		if now, err := os.ReadFile(filepath.Join(fresh.dir, rel)); err == nil && string(now) == text {
			same++
		}
	}
	if same == len(trees[0]) {
		t.Error("no edit changed anything")
	}
}

// An undo of several steps is the way back to the state before the first.
func TestUndo(t *testing.T) {
	text := func(s string) map[string][]byte { return map[string][]byte{"a": []byte(s)} }
	s := undo([]step{
		{old: text("0"), now: text("1")},
		{old: map[string][]byte{"b": []byte("x")}, now: map[string][]byte{"b": []byte("y")}},
		{old: text("1"), now: text("2")},
	})
	if string(s.now["a"]) != "0" || string(s.now["b"]) != "x" || string(s.old["a"]) != "2" || string(s.old["b"]) != "y" {
		t.Errorf("now %q, before %q", s.now, s.old)
	}
}

func TestEmbeddedFile(t *testing.T) {
	o := generated(t)
	i := slices.IndexFunc(o.packages, func(p direct.Package) bool { return len(p.EmbedFiles) > 0 })
	name, src, text, _ := o.edit(rand.New(rand.NewPCG(1, 0)), o.packages[i], embedded, 5)
	if filepath.Base(name) != "text.txt" || string(text) != string(src)+"# 5\n" {
		t.Errorf("%s: %q", name, text)
	}
}
