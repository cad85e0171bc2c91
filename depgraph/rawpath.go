package depgraph

import (
	"path/filepath"
	"strings"
	"unicode/utf8"

	"golang.org/x/tools/go/packages"
)

// The go command lists in JSON, which has only text: each byte of a path that is no UTF-8
// comes back as U+FFFD. Below the directory that it was started in, the path can be told.

// rawPaths returns a function that restores paths at or below dir; nil if there is nothing
// to restore.
func rawPaths(dir string) func(path string) string {
	if utf8.ValidString(dir) {
		return nil
	}
	// The nearest directory whose own name is no text: go.mod may stand in it.
	for utf8.ValidString(filepath.Base(dir)) {
		dir = filepath.Dir(dir)
	}
	listed := asListed(dir)
	return func(path string) string {
		rest, ok := strings.CutPrefix(path, listed)
		if !ok || rest != "" && !strings.HasPrefix(rest, string(filepath.Separator)) {
			return path
		}
		return dir + rest
	}
}

// asListed is a path as the go command lists it (encoding/json).
func asListed(path string) string {
	var b strings.Builder
	for _, r := range path {
		b.WriteRune(r)
	}
	return b.String()
}

// restorePaths restores the paths of packages and of the go command's settings that were
// listed in dir.
func restorePaths(dir string, roots []*packages.Package, goenv map[string]string) {
	raw := rawPaths(dir)
	if raw == nil {
		return
	}
	for name, value := range goenv {
		goenv[name] = raw(value)
	}
	seen := map[*packages.Module]bool{}
	packages.Visit(roots, nil, func(p *packages.Package) {
		p.Dir = raw(p.Dir)
		for _, files := range [][]string{p.GoFiles, p.OtherFiles, p.IgnoredFiles, p.EmbedFiles} {
			for i := range files {
				files[i] = raw(files[i])
			}
		}
		if m := p.Module; m != nil && !seen[m] {
			seen[m] = true
			m.Dir, m.GoMod = raw(m.Dir), raw(m.GoMod)
			if m.Replace != nil {
				m.Replace.Dir, m.Replace.GoMod = raw(m.Replace.Dir), raw(m.Replace.GoMod)
			}
		}
	})
}
