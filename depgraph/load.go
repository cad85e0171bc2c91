package depgraph

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/tools/go/packages"

	"github.com/gorun-dev/gorun/internal/environ"
)

// loadMode is what is asked of go/packages: `go list -deps` without cgo, export
// data or types, 0.19 s for 1000 packages.
const loadMode = packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedDeps |
	packages.NeedModule | packages.NeedEmbedFiles | packages.NeedEmbedPatterns

// maxAttempts bounds how often files are listed again because they changed
// while they were listed. What still differs then is left to Classify.
const maxAttempts = 3

// A LoadError says that the go command did not list the program at all, in its words.
type LoadError struct{ Text string }

func (e *LoadError) Error() string { return e.Text }

// Load lists the program. Errors of single packages are on the graph; an error
// is returned if nothing could be listed, a *LoadError if the go command said
// why, and then the graph is prev, stale, but for all that could mend it. The
// graph is never nil. A nil prev is one of which nothing is known. If ctx ends,
// the graph is prev and the error is ctx's cause.
//
// The graph, or the failure, is that of one moment: if files changed while they were
// listed, they are listed again.
func Load(ctx context.Context, cfg Config, prev *Graph) (*Graph, error) {
	if prev == nil {
		prev = &Graph{}
	}
	for attempt := 1; ; attempt++ {
		start := time.Now()
		set, roots, err := listPackages(ctx, cfg, prev)
		if context.Cause(ctx) != nil {
			return prev, context.Cause(ctx)
		}
		var g *Graph
		if err != nil {
			g = staleGraph(set, prev)
		} else {
			g = assemble(set, roots, prev, attempt > 1)
		}
		if attempt == maxAttempts || !g.changedWhileListed(prev, start) {
			return g, err
		}
		prev = g
	}
}

// listPackages runs the go command.
func listPackages(ctx context.Context, cfg Config, prev *Graph) (*settings, []*packages.Package, error) {
	type answer struct {
		goenv map[string]string
		err   error
	}
	env := make(chan answer, 1)
	go func() {
		goenv, err := cfg.GoEnv(ctx)
		env <- answer{goenv, err}
	}()
	// Profiles of main packages double every package ("p [main]"): go/packages
	// says -pgo=off, and a -pgo after that would take it back.
	flags := slices.DeleteFunc(slices.Clone(cfg.BuildFlags), func(f string) bool {
		return strings.HasPrefix(strings.TrimLeft(f, "-"), "pgo=")
	})
	roots, err := packages.Load(&packages.Config{
		Context:    ctx,
		Mode:       loadMode,
		Dir:        cfg.Dir,
		Env:        environ.Add(cfg.Env, map[string]string{"GOPACKAGESDRIVER": "off"}),
		BuildFlags: flags,
	}, cfg.Patterns...)
	a := <-env
	if a.err != nil && prev.set != nil {
		a.goenv = prev.set.goenv
	}
	restorePaths(cfg.Dir, roots, a.goenv)
	set := newSettings(cfg, a.goenv)
	switch {
	case err != nil:
		return set, nil, &LoadError{goWords(err)}
	case a.err != nil:
		return set, nil, fmt.Errorf("go env: %w", a.err)
	case len(roots) == 0:
		return set, nil, &LoadError{"no packages match " + strings.Join(cfg.Patterns, " ")}
	}
	return set, roots, nil
}

// goWords takes the go command's words out of what go/packages puts around them
// (golang.org/x/tools/internal/gocommand, runWithFriendlyError).
func goWords(err error) string {
	text := err.Error()
	if _, words, ok := strings.Cut(text, ": stderr: "); ok && strings.TrimSpace(words) != "" {
		text = words
	}
	return strings.TrimRight(text, "\n ")
}

// staleGraph is the graph after a listing that failed: the previous one, marked stale, with
// all deciding paths that could mend the failure.
func staleGraph(set *settings, prev *Graph) *Graph {
	next := *prev
	next.stale = true
	d := set.searchModules()
	if prev.set == nil {
		next.set = set
	}
	for path, dec := range prev.deciding {
		if _, ok := d.deciding[path]; !ok {
			d.deciding[path] = dec // a broken go.mod does not name its replacements any more
		}
	}
	next.deciding = d.deciding
	if len(prev.modules) == 0 {
		next.modules = d.modules
	}
	b := &builder{set: set, prev: prev, g: &next}
	next.facts = map[string]fact{}
	maps.Copy(next.facts, prev.facts)
	b.readDeciding()
	b.buildPathIndex()
	return &next
}

// changedWhileListed reports whether the graph may not be that of one moment: a
// file was removed, or written since start with another content than it had
// before, or Classify already sees a change.
func (g *Graph) changedWhileListed(prev *Graph, start time.Time) bool {
	for path, now := range g.facts {
		before, known := prev.facts[path]
		removed := known && before.Exists() && !now.Exists()
		written := now.Exists() && now.Since(start)
		if !removed && !written || g.deciding[path].link {
			continue
		}
		if !known || before.State != now.State || before.Sum != now.Sum {
			return true
		}
	}
	return Classify(g, nil).Kind == Reload
}

// convert makes a Package of one of go/packages. Nothing of that one is kept, so that its
// memory is freed.
func (b *builder) convert(from *packages.Package) *Package {
	p := &Package{
		ID:         PackageID(from.ID),
		ImportPath: ImportPath(from.PkgPath),
		Name:       from.Name,
		Watched: b.set.watched(from.Dir) || b.set.byDirectory(from.Dir) ||
			from.Dir == "" && len(from.Errors) > 0,
	}
	for _, imp := range from.Imports {
		p.Imports = append(p.Imports, PackageID(imp.ID))
	}
	slices.Sort(p.Imports)
	p.Imports = slices.Compact(p.Imports)
	for _, e := range from.Errors {
		p.Errors = append(p.Errors, Error{Pos: e.Pos, Msg: e.Msg})
	}
	p.Module = b.convertModule(from.Module)
	if !p.Watched {
		b.addUnwatchedFiles(from)
		return p
	}
	p.Dir = from.Dir
	for _, pattern := range from.EmbedPatterns {
		rel := strings.TrimPrefix(strings.TrimPrefix(pattern, from.Dir), string(filepath.Separator))
		p.EmbedPatterns = append(p.EmbedPatterns, filepath.ToSlash(rel))
	}
	slices.Sort(p.EmbedPatterns)
	for _, f := range from.GoFiles {
		b.addSource(p, f, Go)
	}
	for _, f := range from.OtherFiles {
		b.addSource(p, f, kindOf(filepath.Base(f)))
	}
	for _, f := range from.IgnoredFiles {
		b.addSource(p, f, Ignored)
	}
	for _, f := range from.EmbedFiles {
		b.addEmbedded(p, f)
	}
	return p
}

func (b *builder) convertModule(m *packages.Module) *Module {
	if m == nil {
		return nil
	}
	if known := b.moduleByPath[m.Path]; known != nil {
		return known
	}
	mod := &Module{Path: m.Path, Version: m.Version, Dir: m.Dir, Main: m.Main}
	if m.Replace != nil && m.Replace.Version == "" {
		mod.Replace, mod.Version = m.Replace.Dir, ""
	}
	b.moduleByPath[m.Path] = mod
	return mod
}
