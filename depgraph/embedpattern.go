package depgraph

import (
	"cmp"
	"io/fs"
	"maps"
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
// Two results of this code are compared with each other, the one before a save and the one
// after it, and never with the go command's list. So a rule of the go command that is
// misunderstood here is misunderstood in both, and does not show as a difference.

// An embedding is what the patterns of one package are resolved to.
type embedding struct {
	dir      string
	pkg      PackageID
	patterns []string
	embedResult
}

// An embedResult is what patterns are resolved to.
type embedResult struct {
	files       []string     // absolute, sorted
	directories []string     // whose listing was read; sorted, each once
	errors      []embedError // sorted by path

	anyName  []string // directories in which a new file of any name counts; sorted
	notLinks []string // directories on the way to a file, which must not become links; sorted
	goMods   []string // each go.mod that would cut a directory off; sorted
}

// An embedError is why a pattern has no good result.
type embedError struct {
	path string // the file that cannot be embedded; "" for an error of the pattern itself
	text string
}

func (e embedResult) equal(f embedResult) bool {
	return slices.Equal(e.files, f.files) && slices.Equal(e.errors, f.errors)
}

// embedder resolves the patterns of one package.
type embedder struct {
	overlay     *overlay
	dir         string
	files       map[string]bool
	directories map[string]bool
	errors      map[embedError]bool

	anyName, notLinks, goMods map[string]bool
}

func (o *overlay) resolve(dir string, patterns []string) embedResult {
	e := &embedder{
		overlay: o, dir: dir,
		files: map[string]bool{}, directories: map[string]bool{}, errors: map[embedError]bool{},
		anyName: map[string]bool{}, notLinks: map[string]bool{}, goMods: map[string]bool{},
	}
	for _, p := range patterns {
		e.resolvePattern(p)
	}
	errors := slices.SortedFunc(maps.Keys(e.errors), func(a, b embedError) int {
		return cmp.Or(strings.Compare(a.path, b.path), strings.Compare(a.text, b.text))
	})
	return embedResult{files: sorted(e.files), directories: sorted(e.directories), errors: errors,
		anyName: sorted(e.anyName), notLinks: sorted(e.notLinks), goMods: sorted(e.goMods)}
}

func (e *embedder) resolvePattern(pattern string) {
	glob, all := strings.CutPrefix(pattern, "all:")
	if _, err := path.Match(glob, ""); err != nil || glob == "." || !fs.ValidPath(glob) {
		e.errors[embedError{text: "pattern " + pattern + ": invalid pattern syntax"}] = true
		return
	}
	at := []string{e.dir}
	for seg := range strings.SplitSeq(glob, "/") {
		var next []string
		for _, dir := range at {
			next = append(next, e.matchElement(dir, seg)...)
		}
		at = next
	}
	found := false
	for _, p := range at {
		if e.addMatch(p, all) {
			found = true
		}
	}
	if !found {
		e.errors[embedError{text: "pattern " + pattern + ": no matching files found"}] = true
	}
}

// addMatch adds what a pattern matched: a file, or a directory with all files in it. It
// reports whether that is any file.
func (e *embedder) addMatch(p string, all bool) bool {
	for dir := range ancestors(p) {
		if dir == e.dir {
			break
		}
		e.notLinks[dir] = true
		fi, err := os.Lstat(dir)
		linked := err == nil && dir != p && fi.Mode()&fs.ModeSymlink != 0
		if linked || e.otherModule(dir) || badName(filepath.Base(dir)) {
			e.errors[embedError{p, "cannot embed " + quoted(p)}] = true
			return false
		}
	}
	fi, err := e.lstat(p)
	switch {
	case err != nil:
		return false
	case fi.IsDir():
		return e.addTree(p, all)
	case !fi.Mode().IsRegular():
		// With GODEBUG=embedfollowsymlinks=1 the go command embeds a link's target.
		e.errors[embedError{p, irregular(p)}] = true
		if st, err := os.Stat(p); err == nil && st.Mode().IsRegular() {
			e.files[p] = true
		}
		return false
	}
	e.files[p] = true
	return true
}

func (e *embedder) addTree(dir string, all bool) (found bool) {
	for _, entry := range e.list(dir) {
		name, p := entry.Name(), filepath.Join(dir, entry.Name())
		hidden := name[0] == '.' || name[0] == '_'
		switch {
		case hidden && !all || badName(name):
			if !hidden && !entry.IsDir() {
				e.errors[embedError{p, "cannot embed " + quoted(p)}] = true
			}
		case entry.IsDir():
			if e.otherModule(p) {
				e.directories[p] = true // the go.mod may go
			} else if e.addTree(p, all) {
				found = true
			}
		case entry.Type().IsRegular():
			e.files[p] = true
			found = true
		}
	}
	return found
}

func irregular(p string) string { return "cannot embed irregular file " + quoted(p) }

// otherModule reports whether a directory below the package begins another module.
func (e *embedder) otherModule(dir string) bool {
	mod := filepath.Join(dir, "go.mod")
	e.goMods[mod] = true
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

// matchElement returns what one element of a pattern matches in a directory.
func (e *embedder) matchElement(dir, seg string) (paths []string) {
	if !strings.ContainsAny(seg, `*?[\`) {
		e.noteListing(dir)
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

// noteListing notes that the names in a directory decide what the pattern matches.
func (e *embedder) noteListing(dir string) {
	if dir == e.dir || isDir(dir) {
		e.directories[dir] = true
	}
}

// list reads a directory as the overlay shows it.
func (e *embedder) list(dir string) []fs.DirEntry {
	e.noteListing(dir)
	e.anyName[dir] = true
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
