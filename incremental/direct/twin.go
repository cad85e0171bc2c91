package direct

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/gorun-dev/gorun/incremental/archive"
	"github.com/gorun-dev/gorun/incremental/edit"
	"github.com/gorun-dev/gorun/incremental/recipe"
)

// A twinSet holds the twins of one build.
type twinSet struct {
	plan map[string]Twin
	laid map[string]string // the file to compile in place of each that was laid out
}

// layOutTwins lays out a twin of each package whose lines moved since its importers were
// compiled. dir is the directory that holds the twins' files; "" if there are none.
func (d *Session) layOutTwins(files map[string]source, now Sources) (t twinSet, dir string, err error) {
	if d.setup.Exact {
		return t, "", nil
	}
	t = twinSet{make(map[string]Twin), make(map[string]string)}
	for path, known := range d.state.Imported {
		texts, ok := d.twinTexts(d.state.Recipe.Steps[path], known, files)
		if !ok {
			continue
		}
		if dir == "" {
			if dir, err = os.MkdirTemp(d.setup.Work, "twin"); err != nil {
				return t, "", Refuse("%v", err)
			}
		}
		twin := Twin{Sources: make(Sources)}
		for f, text := range texts {
			l := filepath.Join(dir, fmt.Sprintf("%d-%s", len(t.laid), filepath.Base(f)))
			if err := os.WriteFile(l, text, 0o666); err != nil {
				return t, dir, Refuse("%v", err)
			}
			t.laid[f], twin.Sources[f] = l, sha256.Sum256(text)
		}
		t.plan[path] = twin
	}
	// Where the real sources were compiled before, and the importers had to follow, the twin would
	// only show that again.
	var real []string
	first := NewPlan(d.state, now, t.plan, d.results.Get)
	for _, c := range first.Compiles {
		if !c.Twin {
			real = append(real, c.Step.ImportPath)
		}
	}
	for _, c := range first.Compiles {
		if c.Twin && !slices.Contains(real, c.Step.ImportPath) {
			delete(t.plan, c.Step.ImportPath)
		}
	}
	return t, dir, nil
}

// twinTexts returns the laid out text of each file of the package that differs from what the
// importers know; false when a twin would be of no use, or cannot be laid out.
func (d *Session) twinTexts(s *recipe.Step, known Imported, files map[string]source) (map[string][]byte, bool) {
	texts := make(map[string][]byte)
	moved := false
	for _, f := range s.Files {
		if files[f].sum() == known.Sources[f] {
			continue
		}
		l, ok := d.layout(known.Sources[f], files[f].sum())
		if !ok || l.Declared && !d.setup.Named || l.Generic {
			return nil, false
		}
		texts[f] = l.Text
		moved = moved || l.Moved
	}
	return texts, moved
}

// layout is edit.LayOut, remembered for as long as both versions matter.
func (d *Session) layout(oldSum, nowSum archive.Sum) (edit.Layout, bool) {
	k := [2]archive.Sum{oldSum, nowSum}
	if l, ok := d.layouts[k]; ok {
		return l, l.Text != nil
	}
	old, ok := d.texts.get(oldSum)
	if !ok {
		return edit.Layout{}, false
	}
	now, ok := d.texts.get(nowSum)
	if !ok {
		return edit.Layout{}, false
	}
	l, ok := edit.LayOut(old, now)
	if !ok {
		l = edit.Layout{}
	}
	d.layouts[k] = l
	return l, ok
}

// dropTexts removes the texts that no later build can need: all but those of the base, of the
// sources that importers know, and of the present files.
func (d *Session) dropTexts() {
	needed := make(map[archive.Sum]bool)
	for _, known := range d.state.Imported {
		for _, sum := range known.Sources {
			needed[sum] = true
		}
	}
	maps.DeleteFunc(d.layouts, func(k [2]archive.Sum, _ edit.Layout) bool { return !needed[k[0]] })
	for _, files := range []map[string]source{d.base, d.files} {
		for _, s := range files {
			needed[s.sum()] = true
		}
	}
	d.texts.retain(func(s archive.Sum) bool { return needed[s] })
}
