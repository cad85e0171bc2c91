package startcache

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/internal/stamp"
)

// inputs are all that decides a build, as it is on the disk: files, links, listings of
// directories, and paths that are there or not.
type inputs struct {
	items map[inputKey]item
	env   func(name string) string
}

// An inputKey is a path and what of it decides. One path can be in the inputs twice: a
// link decides by where it points, and by the content of the file there.
type inputKey struct {
	path string
	kind itemKind
}

// addGraph adds what decided the graph. Depgraph has read these files and hashed them,
// so they are not read again.
func (in *inputs) addGraph(d depgraph.ListingInputs) error {
	for path, s := range d.Files {
		it := item{meta: s.Meta}
		switch s.State {
		case stamp.Absent, stamp.Dir:
		case stamp.File:
			it.kind, it.sum, it.summed, it.conclusive = itemFile, s.Sum, true, s.Conclusive
		default:
			return unrecordable(path + " is no regular file")
		}
		in.items[inputKey{path, it.kind}] = it
	}
	for path, target := range d.Links {
		it := item{kind: itemLink, summed: true}
		if it.sum = linkSum(path); target == "" || it.sum == [32]byte{} {
			return errors.New(path + " changes")
		}
		in.items[inputKey{path, itemLink}] = it
	}
	for _, dir := range d.Sources {
		if err := in.add(dir, itemSources); err != nil {
			return err
		}
	}
	for _, dir := range d.Embeds {
		if err := in.add(dir, itemNames); err != nil {
			return err
		}
	}
	for _, path := range d.Plain {
		in.items[inputKey{path, itemLink}] = item{kind: itemLink, summed: true} // the sum of no link
	}
	for _, path := range d.Probes {
		if err := in.add(path, itemState); err != nil {
			return err
		}
	}
	return in.addOutside(d.UnwatchedFiles)
}

// addOutside adds files of the toolchain and the module cache, and the listings of their
// directories. Neither is meant to change, but the go command notices when one does, so
// somebody who puts a Println into a dependency must see it.
func (in *inputs) addOutside(files []string) error {
	dirs := map[string]bool{}
	for _, file := range files {
		dirs[filepath.Dir(file)] = true
		if err := in.addFile(file); err != nil {
			return err
		}
	}
	for dir := range dirs {
		if err := in.add(dir, itemSources); err != nil {
			return err
		}
	}
	return nil
}

// add adds a path. A file or a listing is read.
func (in *inputs) add(path string, kind itemKind) error {
	if _, ok := in.items[inputKey{path, kind}]; ok {
		return nil
	}
	it, err := observe(path, kind, stamp.Of)
	if err != nil {
		return err
	}
	in.items[inputKey{path, kind}] = it
	return nil
}

// addFile adds a file and does not read it if its metadata is proof of its content
// already. A path where no file is decides by that.
func (in *inputs) addFile(path string) error {
	if _, ok := in.items[inputKey{path, itemFile}]; ok {
		return nil
	}
	s := stamp.ReadMeta(path)
	switch {
	case s.State == stamp.Unknown:
		return unrecordable(path + " is not accessible")
	case s.State != stamp.File:
		return in.add(path, itemState)
	case !s.Conclusive:
		return in.add(path, itemFile)
	}
	in.items[inputKey{path, itemFile}] = item{kind: itemFile, conclusive: true, meta: s.Meta}
	return nil
}

// addToolchain adds the go command that was found, the toolchain that it chose, and the
// C compiler. localRoot asks that go command for its own toolchain.
func (in *inputs) addToolchain(
	ctx context.Context, goCmd string, goenv map[string]string, localRoot func(context.Context) (string, error),
) error {
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
			return unrecordable(goCmd + " is not the go command of " + local + ": what it decides by is not known")
		}
		roots = append(roots, local)
		// A toolchain in PATH comes before a downloaded one (cmd/go/internal/toolchain, Exec).
		version, _, _ := strings.Cut(goenv["GOVERSION"], " ")
		if err := in.addInPath(version); err != nil {
			return err
		}
	}
	if err := in.addFile(goCmd); err != nil {
		return err
	}
	for _, root := range roots {
		if err := in.addRoot(root); err != nil {
			return err
		}
	}
	tools, err := os.ReadDir(goenv["GOTOOLDIR"])
	if err != nil {
		return err
	}
	for _, t := range tools {
		if err := in.addFile(filepath.Join(goenv["GOTOOLDIR"], t.Name())); err != nil {
			return err
		}
	}
	if err := in.add(goenv["GOTOOLDIR"], itemNames); err != nil {
		return err
	}
	// The C compiler compiles runtime/cgo and net. The go command takes it for
	// the same as long as the driver says the same version
	// (cmd/go/internal/work, gccToolID). Where there is none, CGO_ENABLED is 0.
	for _, word := range strings.Fields(goenv["CC"]) {
		word = strings.Trim(word, `"'`)
		if !strings.HasPrefix(word, "-") {
			if err := in.addInPath(word); err != nil {
				return err
			}
		}
	}
	return nil
}

// addRoot adds the files that say which toolchain is in a GOROOT, and its settings.
func (in *inputs) addRoot(root string) error {
	version, err := os.ReadFile(filepath.Join(root, "VERSION"))
	if err != nil || !strings.HasPrefix(string(version), "go1.") {
		return unrecordable("the toolchain in " + root + " is no release")
	}
	for _, name := range []string{"VERSION", "go.env", "src/go.mod", "src/vendor/modules.txt"} {
		path := filepath.Join(root, name)
		if fi, err := os.Stat(path); err != nil || !fi.Mode().IsRegular() {
			if err := in.add(path, itemState); err != nil {
				return err
			}
			continue
		}
		if err := in.add(path, itemFile); err != nil {
			return err
		}
	}
	goCmd := filepath.Join(root, "bin", "go")
	if runtime.GOOS == "windows" {
		goCmd += ".exe"
	}
	return in.addFile(goCmd)
}

// addInPath adds every file of PATH that a command's name can mean, and those that could
// appear. All of them count: the first may be a wrapper that starts the next.
func (in *inputs) addInPath(name string) error {
	if filepath.Base(name) != name {
		return in.addFile(name)
	}
	if runtime.GOOS == "windows" && filepath.Ext(name) == "" {
		name += ".exe"
	}
	for _, dir := range filepath.SplitList(in.env("PATH")) {
		if !filepath.IsAbs(dir) {
			continue // a command that is found there is not run (os/exec)
		}
		if err := in.addFile(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// directories returns the inputs as a record holds them.
func (in *inputs) directories() []directory {
	keys := slices.SortedFunc(maps.Keys(in.items), func(a, b inputKey) int {
		return cmp.Or(strings.Compare(a.path, b.path), cmp.Compare(a.kind, b.kind))
	})
	var list []directory
	at := map[string]int{}
	for _, k := range keys {
		dir := filepath.Dir(k.path)
		if !os.IsPathSeparator(dir[len(dir)-1]) {
			dir += string(filepath.Separator)
		}
		i, ok := at[dir]
		if !ok {
			i = len(list)
			at[dir] = i
			list = append(list, directory{path: dir})
		}
		list[i].add(filepath.Base(k.path), in.items[k])
	}
	return list
}

// missing returns the first of the files that is not among the inputs, "" if all are.
func (in *inputs) missing(files []string) string {
	for _, f := range files {
		if _, ok := in.items[inputKey{f, itemFile}]; !ok {
			return f
		}
	}
	return ""
}
