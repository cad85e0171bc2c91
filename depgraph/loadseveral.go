package depgraph

import (
	"context"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/tools/go/packages"
)

// LoadSeveral is Load for several programs, with one listing: a graph and an error for each of
// cfgs. These differ in Patterns and Exclude only, and name one package each. What two graphs
// know of one file is read once, and kept once in memory.
//
// A program that the go command does not list among the others, because of an error of its own,
// is listed by itself: its words are then what they would be if it were alone.
func LoadSeveral(ctx context.Context, cfgs []Config, prevs []*Graph) ([]*Graph, []error) {
	graphs, errs := make([]*Graph, len(cfgs)), make([]error, len(cfgs))
	prevs = slices.Clone(prevs)
	for i := range prevs {
		if prevs[i] == nil {
			prevs[i] = &Graph{}
		}
	}
	all := cfgs[0]
	all.Patterns = nil
	for _, cfg := range cfgs {
		all.Patterns = append(all.Patterns, cfg.Patterns...)
	}
	for attempt := 1; ; attempt++ {
		start := time.Now()
		set, roots, err := listPackages(ctx, all, prevs[0])
		if cause := context.Cause(ctx); cause != nil {
			for i := range errs {
				errs[i] = cause
			}
			return prevs, errs
		}
		changed := false
		var listed *Graph
		for i, cfg := range cfgs {
			root := rootOf(cfg, roots)
			if err != nil || root == nil {
				graphs[i], errs[i] = Load(ctx, cfg, prevs[i])
				continue
			}
			b := newBuilder(newSettings(cfg, set.goenv), []*packages.Package{root}, prevs[i], attempt > 1)
			b.sibling = listed
			graphs[i], errs[i] = b.assemble([]*packages.Package{root}), nil
			listed = graphs[i]
			changed = changed || graphs[i].changedWhileListed(prevs[i], start)
		}
		if attempt == maxAttempts || !changed {
			return graphs, errs
		}
		copy(prevs, graphs)
	}
}

// rootOf returns the one package that a configuration names; nil if it is not clear which one
// that is, or if it has errors.
func rootOf(cfg Config, roots []*packages.Package) *packages.Package {
	if len(cfg.Patterns) != 1 {
		return nil
	}
	pattern := cfg.Patterns[0]
	var dirs []string
	if local(pattern) || filepath.IsAbs(pattern) {
		dir := filepath.FromSlash(pattern)
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(cfg.Dir, dir)
		}
		dirs = append(spellings(dir), filepath.Clean(dir))
	}
	i := slices.IndexFunc(roots, func(p *packages.Package) bool {
		return len(p.Errors) == 0 && p.Dir != "" && (p.PkgPath == pattern || slices.Contains(dirs, p.Dir))
	})
	if i < 0 {
		return nil
	}
	return roots[i]
}
