package depgraph

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/gorun-dev/gorun/internal/plainfile"
)

// The files that decide a build besides those of its packages, go.mod, go.work, their
// sums, vendor, -modfile and the file of `go env -w`, are found here from directory, flags
// and environment. The go command is not asked: the list is needed most when it fails,
// for these are the files that can mend it. A path is listed whether it exists or not,
// since a file that appears there (a go.work above the project) decides, too.

// A decidingPath is one whose content, existence or target changes how the go command
// sees all packages.
type decidingPath struct {
	what     string // in words: "go.mod of module example.com/m"
	link     bool   // a link in the way to a directory: where it points decides
	uncached bool   // the go command does not know it as an input: see Detail.Uncached
}

// A moduleRoot is a directory with a go.mod that counts: of the main module, of one
// of the workspace, or of a replacement.
type moduleRoot struct {
	path string
	dir  string
}

// A moduleSearch finds the modules on this disk, and with them the deciding paths.
type moduleSearch struct {
	set        *settings
	deciding   map[string]decidingPath
	modules    []moduleRoot
	vendorDirs []string // vendor directories that may hold packages
	seen       map[string]bool
}

func (s *settings) searchModules() *moduleSearch {
	d := &moduleSearch{set: s, deciding: map[string]decidingPath{}, seen: map[string]bool{}}
	d.add(s.goenvFile(), "the file of go env -w")
	if o := s.overlay; o != nil {
		d.add(o.file, "the file of -overlay")
	}
	if s.goenv["GO111MODULE"] != "off" {
		d.findWorkspace()
		d.findMainModule()
	}
	return d
}

func (d *moduleSearch) add(path, what string) {
	if path == "" || d.set.inGoroot(path) || d.set.inModcache(path) {
		return
	}
	if _, ok := d.deciding[path]; !ok {
		d.deciding[path] = decidingPath{what: what}
	}
}

// findUpward searches for a file from dir towards the root, as the go command does. The
// places where it is not become deciding paths: a file that appears there would be found.
func (d *moduleSearch) findUpward(dir, name, what string) (found string) {
	for dir := range ancestors(dir) {
		path := filepath.Join(dir, name)
		file, _ := d.set.overlay.content(path)
		if fi, err := os.Stat(file); err == nil && !fi.IsDir() {
			return path
		}
		d.add(path, what)
	}
	return ""
}

// findWorkspace finds go.work (cmd/go/internal/modload, FindGoWork).
func (d *moduleSearch) findWorkspace() {
	set := d.set
	work := set.getenv("GOWORK")
	if work == "" {
		work = envFile(set.goenvFile(), "GOWORK")
	}
	switch work {
	case "off":
		return
	case "", "auto":
		if work = d.findUpward(set.cfg.Dir, "go.work", "go.work"); work == "" {
			return
		}
	}
	d.add(work, "go.work")
	d.add(work+".sum", "go.work.sum")
	dir := filepath.Dir(work)
	d.addVendor(dir)
	f, err := modfile.ParseWork(work, d.read(work), nil)
	if err != nil {
		return
	}
	for _, u := range f.Use {
		d.addModule(join(dir, u.Path), true)
	}
	d.addReplaced(dir, f.Replace)
}

// findMainModule finds the go.mod that the go command finds from its directory.
func (d *moduleSearch) findMainModule() {
	if file := d.findUpward(d.set.cfg.Dir, "go.mod", "go.mod of the main module"); file != "" {
		d.addVendor(filepath.Dir(file))
		d.addModule(filepath.Dir(file), true)
	}
}

// addModule adds the module in dir. Of a main module the replace directives count, so the
// modules that they name are added, too.
func (d *moduleSearch) addModule(dir string, main bool) {
	if d.seen[dir] || !d.set.watched(dir) {
		return
	}
	d.seen[dir] = true
	file := filepath.Join(dir, "go.mod")
	data := d.read(file)
	f, err := modfile.ParseLax(file, data, nil)
	if err == nil && main {
		// ParseLax leaves replace directives out.
		if strict, err := modfile.Parse(file, data, nil); err == nil {
			f = strict
		}
	}
	path := modfile.ModulePath(data)
	what := dir
	if path != "" {
		what = "module " + path
	}
	d.add(file, "go.mod of "+what)
	if main {
		d.add(filepath.Join(dir, "go.sum"), "go.sum of "+what)
	}
	d.modules = append(d.modules, moduleRoot{path: path, dir: dir})
	if err != nil || !main {
		return
	}
	if alt, ok := d.set.flag("modfile"); ok && alt != "" {
		alt = d.set.abs(alt)
		d.add(alt, "the file of -modfile")
		d.add(strings.TrimSuffix(alt, ".mod")+".sum", "the go.sum of -modfile")
		if m, err := modfile.Parse(alt, d.read(alt), nil); err == nil {
			f = m
		}
	}
	d.addReplaced(dir, f.Replace)
}

// addReplaced adds the modules that replace directives put in directories.
func (d *moduleSearch) addReplaced(dir string, list []*modfile.Replace) {
	for _, r := range list {
		if r.New.Version == "" && modfile.IsDirectoryPath(r.New.Path) {
			at := len(d.modules)
			d.addModule(join(dir, r.New.Path), false)
			if len(d.modules) > at {
				d.modules[at].path = r.Old.Path // imports say this one
			}
		}
	}
}

// addVendor adds the vendor directory of a main module or workspace: the default of -mod
// changes when it appears or goes.
func (d *moduleSearch) addVendor(dir string) {
	v := filepath.Join(dir, "vendor")
	d.vendorDirs = append(d.vendorDirs, v)
	d.add(v, "the vendor directory")
	d.add(filepath.Join(v, "modules.txt"), "vendor/modules.txt")
}

func (d *moduleSearch) read(path string) []byte {
	file, ok := d.set.overlay.content(path)
	if !ok {
		return nil
	}
	data, _ := plainfile.Read(file) // what is wrong with it, the go command says
	return data
}

// addNestedModules adds the places above a package's directory, up to its module's, where
// a go.mod would cut the package out of the module.
func (d *moduleSearch) addNestedModules(dir, root string) {
	for dir := range ancestors(dir) {
		if dir == root || !under(root, dir) {
			return
		}
		d.add(filepath.Join(dir, "go.mod"), "go.mod of another module")
	}
}

// addLinks adds the links on the way to a directory. cache remembers what is no link.
func (d *moduleSearch) addLinks(dir string, cache map[string]bool) {
	for dir := range ancestors(dir) {
		if cache[dir] {
			return // and so were its parents
		}
		cache[dir] = true
		if fi, err := os.Lstat(dir); err == nil && fi.Mode()&fs.ModeSymlink != 0 {
			d.deciding[dir] = decidingPath{what: "a link to a directory of the build", link: true}
		}
	}
}

// moduleOf returns the module that a directory is in, by the longest root.
func moduleOf(modules []moduleRoot, dir string) (m moduleRoot, ok bool) {
	for _, c := range modules {
		if under(c.dir, dir) && len(c.dir) > len(m.dir) {
			m, ok = c, true
		}
	}
	return m, ok
}

// possibleDirs returns the directories where the package of an import path could be.
func (d *moduleSearch) possibleDirs(path ImportPath) []string {
	var dirs []string
	for _, m := range d.modules {
		if rest, ok := strings.CutPrefix(string(path), m.path); ok && m.path != "" && (rest == "" || rest[0] == '/') {
			dirs = append(dirs, filepath.Join(m.dir, filepath.FromSlash(rest)))
		}
	}
	for _, v := range d.vendorDirs {
		if isDir(v) {
			dirs = append(dirs, filepath.Join(v, filepath.FromSlash(string(path))))
		}
	}
	return dirs
}

func join(dir, path string) string {
	path = filepath.FromSlash(path)
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

// goenvFile is the file of `go env -w`, "" if there is none. With a relative HOME its path
// is relative to the directory that the go command runs in.
func (s *settings) goenvFile() string {
	file := s.goenv["GOENV"]
	if file == "" || file == "off" {
		return ""
	}
	return s.abs(file)
}

// envFile reads one variable of the file of `go env -w`.
func envFile(file, name string) string {
	if file == "" {
		return ""
	}
	data, _ := plainfile.Read(file) // absent is the usual case
	for line := range strings.Lines(string(data)) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), name+"="); ok {
			return v
		}
	}
	return ""
}
