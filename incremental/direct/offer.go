package direct

import (
	"fmt"
	"maps"
	"slices"

	"github.com/gorun-dev/gorun/incremental/archive"
	"github.com/gorun-dev/gorun/incremental/reuse"
)

// maxOffered bounds the compiles that are remembered for Offer. Of use are those since the go
// command last built.
const maxOffered = 128

// noteCompiled remembers a compile that the compiler did. Twins are not remembered: the go command
// never compiles one.
func (d *Session) noteCompiled(c Compile) {
	if c.Twin {
		return
	}
	d.offerMu.Lock()
	defer d.offerMu.Unlock()
	d.offer = slices.DeleteFunc(d.offer, func(o Compile) bool { return o.Key == c.Key })
	if len(d.offer) == maxOffered {
		d.offer = slices.Delete(d.offer, 0, 1)
	}
	d.offer = append(d.offer, c)
}

// Offer returns the archives that were compiled here, for the go command to reuse where it would
// compile the very same.
func (d *Session) Offer() reuse.Offer {
	r := d.state.Recipe
	o := reuse.Offer{Packages: slices.Collect(maps.Keys(r.Steps)), Archives: make(map[string]reuse.Item)}
	d.offerMu.Lock()
	defer d.offerMu.Unlock()
	for _, c := range d.offer {
		b, ok := d.results.Get(c.Key)
		if !ok {
			continue
		}
		key, err := reuse.Input{
			Dir: r.Dir, Env: d.env, Step: c.Step,
			Sources: func(file string) (archive.Sum, error) { return c.Sources[file], nil },
			Archives: func(path string) (string, error) {
				if r.Steps[path] == nil {
					return reuse.InCache(c.Imports[path]), nil
				}
				a, ok := d.results.byPath(c.Imports[path])
				if !ok {
					return "", fmt.Errorf("archive of %q is gone", path)
				}
				return reuse.Identity(a), nil
			},
		}.Key()
		if err != nil {
			continue
		}
		o.Archives[key] = reuse.Item{
			Path: b.Archive.Path, BuildID: buildID(c.Step.BuildID), Identity: reuse.Identity(b.Archive),
		}
	}
	return o
}
