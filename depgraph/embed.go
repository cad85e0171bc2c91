package depgraph

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/module"
)

// Patterns of //go:embed are resolved here as the go command does
// (cmd/go/internal/load, resolveEmbed), to see that one gains or loses a file.
// Only two results of this very code are compared, before and after, never one
// of these with the go command's: a rule that were understood wrongly would
// have to change its mind to matter.

// An embedding is what the patterns of one package are resolved to.
type embedding struct {
	dir      string
	pkg      PackageID
	patterns []string
	embedded
}

// embedded is the result of resolving patterns.
type embedded struct {
	files       []string // absolute, sorted
	directories []string // whose listing was read; sorted, each once
	wrong       []string // why patterns have no good result; sorted

	names  []string // directories of which every name counts; sorted
	plain  []string // directories on the way to a file, which must not become links; sorted
	probes []string // each go.mod that would cut a directory off; sorted
}

func (e embedded) equal(f embedded) bool {
	return slices.Equal(e.files, f.files) && slices.Equal(e.wrong, f.wrong)
}

// embedder resolves the patterns of one package.
type embedder struct {
	overlay     *overlay
	dir         string
	files       map[string]bool
	directories map[string]bool
	wrong       map[string]bool

	names, plain, probes map[string]bool
}

func (o *overlay) resolve(dir string, patterns []string) embedded {
	e := &embedder{overlay: o, dir: dir, files: map[string]bool{}, directories: map[string]bool{}, wrong: map[string]bool{},
		names: map[string]bool{}, plain: map[string]bool{}, probes: map[string]bool{}}
	for _, p := range patterns {
		e.pattern(p)
	}
	return embedded{files: sorted(e.files), directories: sorted(e.directories), wrong: sorted(e.wrong),
		names: sorted(e.names), plain: sorted(e.plain), probes: sorted(e.probes)}
}

func (e *embedder) pattern(pattern string) {
	glob, all := strings.CutPrefix(pattern, "all:")
	if _, err := path.Match(glob, ""); err != nil || glob == "." || !fs.ValidPath(glob) {
		e.wrong["pattern "+pattern+": invalid pattern syntax"] = true
		return
	}
	at := []string{e.dir}
	for seg := range strings.SplitSeq(glob, "/") {
		var next []string
		for _, dir := range at {
			next = append(next, e.find(dir, seg)...)
		}
		at = next
	}
	found := false
	for _, p := range at {
		if e.match(p, all) {
			found = true
		}
	}
	if !found {
		e.wrong["pattern "+pattern+": no matching files found"] = true
	}
}

// match takes what a pattern matched: a file, or a directory with all in it.
func (e *embedder) match(p string, all bool) bool {
	for dir := range ancestors(p) {
		if dir == e.dir {
			break
		}
		e.plain[dir] = true
		fi, err := os.Lstat(dir)
		linked := err == nil && dir != p && fi.Mode()&fs.ModeSymlink != 0
		if linked || e.outside(dir) || badName(filepath.Base(dir)) {
			e.wrong["cannot embed "+p] = true
			return false
		}
	}
	fi, err := e.lstat(p)
	switch {
	case err != nil:
		return false
	case fi.IsDir():
		return e.walk(p, all)
	case !fi.Mode().IsRegular():
		// With GODEBUG=embedfollowsymlinks=1 a link is taken: its target's
		// content is what the stamp follows to.
		e.wrong[irregular(p)] = true
		if st, err := os.Stat(p); err == nil && st.Mode().IsRegular() {
			e.files[p] = true
		}
		return false
	}
	e.files[p] = true
	return true
}

func (e *embedder) walk(dir string, all bool) (found bool) {
	for _, entry := range e.list(dir) {
		name, p := entry.Name(), filepath.Join(dir, entry.Name())
		hidden := name[0] == '.' || name[0] == '_'
		switch {
		case hidden && !all || badName(name):
			if !hidden && !entry.IsDir() {
				e.wrong["cannot embed "+p] = true
			}
		case entry.IsDir():
			if e.outside(p) {
				e.directories[p] = true // the go.mod may go
			} else if e.walk(p, all) {
				found = true
			}
		case entry.Type().IsRegular():
			e.files[p] = true
			found = true
		}
	}
	return found
}

func irregular(p string) string { return "cannot embed irregular file " + p }

// outside reports whether a directory below the package begins another module.
func (e *embedder) outside(dir string) bool {
	mod := filepath.Join(dir, "go.mod")
	e.probes[mod] = true
	file, ok := e.overlay.content(mod)
	if !ok {
		return false
	}
	_, err := os.Stat(file)
	return err == nil
}

func (e *embedder) lstat(p string) (fs.FileInfo, error) {
	file, ok := e.overlay.content(p)
	if !ok {
		return nil, fs.ErrNotExist
	}
	if file != p {
		return os.Stat(file)
	}
	fi, err := os.Lstat(p)
	if err != nil && e.overlay != nil {
		for from, to := range e.overlay.replace {
			if to != "" && under(p, from) {
				return overlaid{filepath.Base(p), fs.ModeDir}, nil
			}
		}
	}
	return fi, err
}

// find returns what one element of a pattern matches in a directory.
func (e *embedder) find(dir, seg string) (paths []string) {
	if !strings.ContainsAny(seg, `*?[\`) {
		e.read(dir)
		p := filepath.Join(dir, seg)
		if _, err := e.lstat(p); err == nil {
			paths = append(paths, p)
		}
		return paths
	}
	for _, entry := range e.list(dir) {
		if ok, _ := path.Match(seg, entry.Name()); ok {
			paths = append(paths, filepath.Join(dir, entry.Name()))
		}
	}
	return paths
}

// read notes that the listing of a directory decides.
func (e *embedder) read(dir string) {
	if dir == e.dir || isDir(dir) {
		e.directories[dir] = true
	}
}

// list reads a directory as the overlay shows it.
func (e *embedder) list(dir string) []fs.DirEntry {
	e.read(dir)
	e.names[dir] = true
	entries, _ := os.ReadDir(dir) // a directory that cannot be read is an empty one until it can
	if e.overlay == nil {
		return entries
	}
	entries = slices.DeleteFunc(entries, func(entry fs.DirEntry) bool {
		return e.overlay.replaced(filepath.Join(dir, entry.Name()))
	})
	added := map[string]fs.DirEntry{}
	for from, to := range e.overlay.replace {
		if to == "" || !under(dir, from) || from == dir {
			continue
		}
		rel, _ := filepath.Rel(dir, from)
		name, _, deep := strings.Cut(rel, string(filepath.Separator))
		if deep {
			added[name] = overlaid{name, fs.ModeDir}
		} else if fi, err := os.Stat(to); err == nil {
			added[name] = overlaid{name, fi.Mode().Type()}
		}
	}
	for name, entry := range added {
		if !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == name }) {
			entries = append(entries, entry)
		}
	}
	return entries
}

// overlaid is an entry of a directory that an overlay adds.
type overlaid struct {
	name string
	mode fs.FileMode
}

func (o overlaid) Name() string               { return o.name }
func (o overlaid) IsDir() bool                { return o.mode.IsDir() }
func (o overlaid) Type() fs.FileMode          { return o.mode.Type() }
func (o overlaid) Mode() fs.FileMode          { return o.mode }
func (o overlaid) Info() (fs.FileInfo, error) { return o, nil }
func (o overlaid) Size() int64                { return 0 }
func (o overlaid) ModTime() time.Time         { return time.Time{} }
func (o overlaid) Sys() any                   { return nil }

// badName reports whether the go command embeds nothing of this name (isBadEmbedName).
func badName(name string) bool {
	switch name {
	case "", ".bzr", ".hg", ".git", ".svn":
		return true
	}
	return module.CheckFilePath(name) != nil
}

// reach says how far a pattern concerns a path below its package's directory.
type reach int

const (
	apart  reach = iota // no file here or below can be embedded by it
	hidden              // it would be, but for a name that begins with . or _
	onWay               // a directory on the way to what the pattern matches
	inside              // matched, or in a matched directory
)

// reaches tells how a pattern concerns the path rel, slash-separated below the
// package's directory.
func reaches(pattern, rel string) reach {
	glob, all := strings.CutPrefix(pattern, "all:")
	for {
		seg, globRest, more := strings.Cut(glob, "/")
		name, relRest, deeper := strings.Cut(rel, "/")
		if ok, err := path.Match(seg, name); err != nil || !ok {
			return apart
		}
		switch {
		case !more:
			for deeper {
				name, relRest, deeper = strings.Cut(relRest, "/")
				if (name[0] == '.' || name[0] == '_') && !all {
					return hidden
				}
			}
			return inside
		case !deeper:
			return onWay
		}
		glob, rel = globRest, relRest
	}
}

// reach is the furthest that one of the patterns reaches, and which it is.
func (e *embedding) reach(p string) (furthest reach, pattern string) {
	if !under(e.dir, p) || p == e.dir {
		return apart, ""
	}
	rel := filepath.ToSlash(p[len(e.dir)+1:])
	for _, pat := range e.patterns {
		if r := reaches(pat, rel); r > furthest {
			furthest, pattern = r, pat
		}
	}
	return furthest, pattern
}

func sorted(set map[string]bool) []string {
	list := make([]string, 0, len(set))
	for s := range set {
		list = append(list, s)
	}
	slices.Sort(list)
	return list
}
