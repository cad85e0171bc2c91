package generate

import (
	"slices"
	"strings"

	"github.com/gorun-dev/gorun/internal/stamp"
)

// inputs are what a directive is made from at one moment.
type inputs struct {
	files map[string]input
	tool  string // which packages its generator has, from which modules; "" if it is not known or has none
}

// An input is one file.
type input struct {
	fact
	how string // in words: how it comes to be an input
}

// namedInIt is how a file comes to be an input that a word of the directive names.
const namedInIt = "named in it"

// inputsOf returns what a directive is made from now. t is its generator, nil if it has
// none that runs by its package.
func inputsOf(d *Directive, t *tool, o *observer) inputs {
	in := inputs{files: map[string]input{}}
	there := len(d.Globs) > 0
	add := func(path, how string) fact {
		f := o.readFact(path)
		if f.State == stamp.Dir || f.State == stamp.Other {
			return f
		}
		if _, known := in.files[path]; !known {
			in.files[path] = input{f, how}
		}
		return f
	}
	for _, path := range namedPaths(d) {
		f := add(path, namedInIt)
		// What has written the file may be this very directive.
		there = there || f.State == stamp.File && !f.generated
	}
	for _, text := range d.Globs {
		files, _ := newGlob(d.Dir, text).find(&o.lister)
		for _, path := range files {
			add(path, inputPrefix+" "+text)
		}
	}
	if t != nil && t.graph != nil {
		in.tool = t.signature
		for _, path := range t.graph.Inputs() {
			there = true
			add(path, "a file of its generator")
		}
	}
	if !there {
		add(d.File, "it carries it")
	}
	return in
}

// changed returns the paths of inputs that differ between in and now, sorted. A file that
// is no input any more, but is still there, does not count. Nor does it matter how a file
// comes to be an input.
func (in inputs) changed(now inputs, o *observer) []string {
	var paths []string
	for path, before := range in.files {
		after, ok := now.files[path]
		switch {
		case ok && !before.same(after.fact) && (before.Exists() || after.Exists()):
			paths = append(paths, path)
		case !ok && before.Exists() && !o.readFact(path).Exists():
			paths = append(paths, path)
		}
	}
	for path, after := range now.files {
		if _, ok := in.files[path]; !ok && after.Exists() {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}

// touched returns the paths that were written with the content that they had.
func (in inputs) touched(now inputs) []string {
	var paths []string
	for path, before := range in.files {
		if after, ok := now.files[path]; ok && before.Compare(after.Stamp) == stamp.Touched {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}

// why names changed inputs in a plan.
func why(dir string, paths []string) string {
	if len(paths) == 0 {
		return "its generator changed"
	}
	names := make([]string, 0, 3)
	for _, path := range paths {
		if len(names) == 2 && len(paths) > 3 {
			names = append(names, "…")
			break
		}
		names = append(names, relative(dir, path))
	}
	return strings.Join(names, " ") + " changed"
}
