package startcache

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/internal/stamp"
)

// A refusal says why a program is not recorded, for good or until it is changed.
type refusal string

func (r refusal) Error() string { return string(r) }

// A collection is what decides a build, as it is on the disk.
type collection struct {
	items map[place]item
	env   func(name string) string
}

// A place is what of a path decides; of one path that may be two things.
type place struct {
	path string
	kind itemKind
}

// decisive adds what depgraph knows. It was read by depgraph, and is not again.
func (c *collection) decisive(d depgraph.Decisive) error {
	for path, s := range d.Files {
		it := item{meta: s.Meta}
		switch s.State {
		case stamp.Absent, stamp.Dir:
		case stamp.File:
			it.kind, it.sum, it.summed, it.settled = itemFile, s.Sum, true, s.Settled
		default:
			return refusal(path + " is no regular file")
		}
		c.items[place{path, it.kind}] = it
	}
	for path, target := range d.Links {
		it := item{kind: itemLink, summed: true}
		if it.sum = linkSum(path); target == "" || it.sum == [32]byte{} {
			return errors.New(path + " changes")
		}
		c.items[place{path, itemLink}] = it
	}
	for _, dir := range d.Sources {
		if err := c.add(dir, itemSources); err != nil {
			return err
		}
	}
	for _, dir := range d.Embeds {
		if err := c.add(dir, itemNames); err != nil {
			return err
		}
	}
	for _, path := range d.Plain {
		c.items[place{path, itemLink}] = item{kind: itemLink, summed: true} // the sum of no link
	}
	for _, path := range d.Probes {
		if err := c.add(path, itemState); err != nil {
			return err
		}
	}
	return c.elsewhere(d.Elsewhere)
}

// elsewhere adds files of the toolchain and the module cache, and the listings of their
// directories. Neither is meant to change, but the go command notices when one does, so
// somebody who puts a Println into a dependency must see it.
func (c *collection) elsewhere(files []string) error {
	dirs := map[string]bool{}
	for _, file := range files {
		dirs[filepath.Dir(file)] = true
		if err := c.large(file); err != nil {
			return err
		}
	}
	for dir := range dirs {
		if err := c.add(dir, itemSources); err != nil {
			return err
		}
	}
	return nil
}

func (c *collection) add(path string, kind itemKind) error {
	if _, ok := c.items[place{path, kind}]; ok {
		return nil
	}
	it, err := observe(path, kind)
	if err != nil {
		return err
	}
	c.items[place{path, kind}] = it
	return nil
}

// large adds a file that is not read if its metadata will be proof. Nothing may
// be there, then that is what decides.
func (c *collection) large(path string) error {
	if _, ok := c.items[place{path, itemFile}]; ok {
		return nil
	}
	s := stamp.Look(path)
	switch {
	case s.State == stamp.Unknown:
		return refusal(path + " cannot be looked at")
	case s.State != stamp.File:
		return c.add(path, itemState)
	case !s.Settled:
		return c.add(path, itemFile)
	}
	c.items[place{path, itemFile}] = item{kind: itemFile, settled: true, meta: s.Meta}
	return nil
}

// toolchain adds what the toolchain is: the go command that was found, the
// toolchain that it chose, and the C compiler.
func (c *collection) toolchain(ctx context.Context, goCmd string, goenv map[string]string, localRoot func(context.Context) (string, error)) error {
	real, err := filepath.EvalSymlinks(goCmd)
	if err != nil {
		return err
	}
	root, err := filepath.EvalSymlinks(goenv["GOROOT"])
	if err != nil {
		return err
	}
	roots := []string{root}
	if filepath.Dir(filepath.Dir(real)) != root {
		// The go command has switched to another toolchain, or it is something
		// that starts go commands.
		local, err := localRoot(ctx)
		if err != nil {
			return err
		}
		if local, err = filepath.EvalSymlinks(local); err != nil {
			return err
		}
		if filepath.Dir(filepath.Dir(real)) != local {
			return refusal(goCmd + " is not the go command of " + local + ": what it decides by is not known")
		}
		roots = append(roots, local)
		// A toolchain in PATH comes before a downloaded one (cmd/go/internal/toolchain, Exec).
		version, _, _ := strings.Cut(goenv["GOVERSION"], " ")
		if err := c.inPath(version); err != nil {
			return err
		}
	}
	if err := c.large(goCmd); err != nil {
		return err
	}
	for _, root := range roots {
		if err := c.root(root); err != nil {
			return err
		}
	}
	tools, err := os.ReadDir(goenv["GOTOOLDIR"])
	if err != nil {
		return err
	}
	for _, t := range tools {
		if err := c.large(filepath.Join(goenv["GOTOOLDIR"], t.Name())); err != nil {
			return err
		}
	}
	if err := c.add(goenv["GOTOOLDIR"], itemNames); err != nil {
		return err
	}
	// The C compiler compiles runtime/cgo and net. The go command takes it for
	// the same as long as the driver says the same version
	// (cmd/go/internal/work, gccToolID). Where there is none, CGO_ENABLED is 0.
	for _, word := range strings.Fields(goenv["CC"]) {
		word = strings.Trim(word, `"'`)
		if !strings.HasPrefix(word, "-") {
			if err := c.inPath(word); err != nil {
				return err
			}
		}
	}
	return nil
}

// root adds what says which toolchain is in a directory, and its own settings.
func (c *collection) root(root string) error {
	version, err := os.ReadFile(filepath.Join(root, "VERSION"))
	if err != nil || !strings.HasPrefix(string(version), "go1.") {
		return refusal("the toolchain in " + root + " is no release")
	}
	for _, name := range []string{"VERSION", "go.env", "src/go.mod", "src/vendor/modules.txt"} {
		path := filepath.Join(root, name)
		if fi, err := os.Stat(path); err != nil || !fi.Mode().IsRegular() {
			if err := c.add(path, itemState); err != nil {
				return err
			}
			continue
		}
		if err := c.add(path, itemFile); err != nil {
			return err
		}
	}
	goCmd := filepath.Join(root, "bin", "go")
	if runtime.GOOS == "windows" {
		goCmd += ".exe"
	}
	return c.large(goCmd)
}

// inPath adds every place where a command is, or would be, found. All of
// them: a wrapper in the first may start the next.
func (c *collection) inPath(name string) error {
	if filepath.Base(name) != name {
		return c.large(name)
	}
	if runtime.GOOS == "windows" && filepath.Ext(name) == "" {
		name += ".exe"
	}
	for _, dir := range filepath.SplitList(c.env("PATH")) {
		if !filepath.IsAbs(dir) {
			continue // found there, a command is not run (os/exec)
		}
		if err := c.large(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// directories returns the collection as a record holds it.
func (c *collection) directories() []directory {
	places := slices.SortedFunc(maps.Keys(c.items), func(a, b place) int {
		return cmp.Or(strings.Compare(a.path, b.path), cmp.Compare(a.kind, b.kind))
	})
	var list []directory
	at := map[string]int{}
	for _, p := range places {
		dir := filepath.Dir(p.path)
		if !os.IsPathSeparator(dir[len(dir)-1]) {
			dir += string(filepath.Separator)
		}
		i, ok := at[dir]
		if !ok {
			i = len(list)
			at[dir] = i
			list = append(list, directory{path: dir})
		}
		list[i].add(filepath.Base(p.path), c.items[p])
	}
	return list
}

// A listed is a package as `go list -deps -json` prints it.
type listed struct {
	Dir, ImportPath string
	Standard        bool
	Incomplete      bool

	GoFiles, CgoFiles, CFiles, CXXFiles, MFiles, HFiles, FFiles, SFiles []string
	SwigFiles, SwigCXXFiles, SysoFiles, EmbedFiles                      []string
}

const listedFields = "-json=Dir,ImportPath,Standard,Incomplete," +
	"GoFiles,CgoFiles,CFiles,CXXFiles,MFiles,HFiles,FFiles,SFiles,SwigFiles,SwigCXXFiles,SysoFiles,EmbedFiles"

// parseList reads what go list printed and returns the files that the program
// is built from, those of the standard library apart. What cgo and SWIG read besides
// is nobody's to know.
func parseList(out []byte) (files, std []string, err error) {
	d := json.NewDecoder(strings.NewReader(string(out)))
	for d.More() {
		var p listed
		if err := d.Decode(&p); err != nil {
			return nil, nil, fmt.Errorf("reading what go list printed: %w", err)
		}
		switch {
		case p.Incomplete:
			return nil, nil, errors.New(p.ImportPath + " cannot be built")
		case p.ImportPath == "unsafe":
			continue
		case !p.Standard && len(p.CgoFiles)+len(p.SwigFiles)+len(p.SwigCXXFiles) > 0:
			return nil, nil, refusal(p.ImportPath + " is built with cgo: headers and libraries of the system decide")
		}
		for _, list := range [][]string{p.GoFiles, p.CgoFiles, p.CFiles, p.CXXFiles, p.MFiles, p.HFiles, p.FFiles, p.SFiles, p.SysoFiles, p.EmbedFiles} {
			for _, f := range list {
				if !filepath.IsAbs(f) {
					f = filepath.Join(p.Dir, f)
				}
				if p.Standard {
					std = append(std, f)
				} else {
					files = append(files, f)
				}
			}
		}
	}
	if len(std) == 0 {
		return nil, nil, errors.New("go list names no files")
	}
	return files, std, nil
}

// covers returns the first of the files that is not in the collection, "" if all
// are.
func (c *collection) covers(files []string) string {
	for _, f := range files {
		if _, ok := c.items[place{f, itemFile}]; !ok {
			return f
		}
	}
	return ""
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
