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
// compiled. dir is the directory that holds them, if there are any.
func (d *Session) layOutTwins(files map[string]source, now Sources) (t twinSet, dir string, err error) {
	if d.setup.Exact {
		return t, "", nil
	}
	t = twinSet{make(map[string]Twin), make(map[string]string)}
	for path, face := range d.state.Faces {
		texts, ok := d.twinTexts(d.state.Recipe.Steps[path], face, files)
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
	// Where the real sources were compiled before and found to differ, a twin would only be compiled to learn that again.
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
// face was compiled from; false when a twin would be of no use, or cannot be made.
func (d *Session) twinTexts(s *recipe.Step, face Face, files map[string]source) (map[string][]byte, bool) {
	texts := make(map[string][]byte)
	moved := false
	for _, f := range s.Files {
		if files[f].sum() == face.Sources[f] {
			continue
		}
		l, ok := d.layout(face.Sources[f], files[f].sum())
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

// keepTexts keeps the texts of the files that the base and the faces of the present state were
// compiled from, and those of now.
func (d *Session) keepTexts() {
	faces := make(map[archive.Sum]bool)
	for _, face := range d.state.Faces {
		for _, sum := range face.Sources {
			faces[sum] = true
		}
	}
	maps.DeleteFunc(d.layouts, func(k [2]archive.Sum, _ edit.Layout) bool { return !faces[k[0]] })
	for _, files := range []map[string]source{d.base, d.files} {
		for _, s := range files {
			faces[s.sum()] = true
		}
	}
	d.texts.keep(func(s archive.Sum) bool { return faces[s] })
}
