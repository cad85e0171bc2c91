package depgraph

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
)

// What decides the build beside the files of its packages is found here without
// the go command, from directory, flags and environment, because it is needed most
// when the go command fails: it is what can mend that. Each path is listed
// whether it exists or not. An absent one decides by its absence.

// A deciding path is one whose content, existence or target changes how the go
// command sees everything.
type deciding struct {
	what     string // in words: "go.mod of module example.com/m"
	link     bool   // a link in the way to a directory: where it points decides
	uncached bool   // GOCACHE does not know of it
}

// A moduleRoot is a directory with a go.mod that counts: of the main module, of one
// of the workspace, or of a replacement.
type moduleRoot struct {
	path string
	dir  string
}

// A decider collects what decides.
type decider struct {
	set     *settings
	decides map[string]deciding
	modules []moduleRoot
	vendors []string // vendor directories that may hold packages
	seen    map[string]bool
}

func (s *settings) decide() *decider {
	d := &decider{set: s, decides: map[string]deciding{}, seen: map[string]bool{}}
	if env := s.goenv["GOENV"]; env != "" && env != "off" {
		d.add(env, "the file of go env -w")
	}
	if o := s.overlay; o != nil {
		d.add(o.file, "the file of -overlay")
	}
	if s.goenv["GO111MODULE"] != "off" {
		d.workspace()
		d.mainModule()
	}
	return d
}

func (d *decider) add(path, what string) {
	if path == "" || d.set.inGoroot(path) || d.set.inModcache(path) {
		return
	}
	if _, ok := d.decides[path]; !ok {
		d.decides[path] = deciding{what: what}
	}
}

// upward looks for a file from dir towards the root, as the go command does,
// and adds the places where it is not yet.
func (d *decider) upward(dir, name, what string) (found string) {
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

// workspace finds go.work (cmd/go/internal/modload, FindGoWork).
func (d *decider) workspace() {
	set := d.set
	work := set.getenv("GOWORK")
	if work == "" {
		work = envFile(set.goenv["GOENV"], "GOWORK")
	}
	switch work {
	case "off":
		return
	case "", "auto":
		if work = d.upward(set.cfg.Dir, "go.work", "go.work"); work == "" {
			return
		}
	}
	d.add(work, "go.work")
	d.add(work+".sum", "go.work.sum")
	dir := filepath.Dir(work)
	d.vendor(dir)
	f, err := modfile.ParseWork(work, d.read(work), nil)
	if err != nil {
		return
	}
	for _, u := range f.Use {
		d.module(join(dir, u.Path), true)
	}
	d.replaced(dir, f.Replace)
}

// mainModule finds the go.mod that the go command finds from its directory.
func (d *decider) mainModule() {
	if file := d.upward(d.set.cfg.Dir, "go.mod", "go.mod of the main module"); file != "" {
		d.vendor(filepath.Dir(file))
		d.module(filepath.Dir(file), true)
	}
}

// module adds the module in dir, and if its replace directives count (main)
// those modules, too.
func (d *decider) module(dir string, main bool) {
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
	d.replaced(dir, f.Replace)
}

// replaced adds the modules that replace directives put in directories.
func (d *decider) replaced(dir string, list []*modfile.Replace) {
	for _, r := range list {
		if r.New.Version == "" && modfile.IsDirectoryPath(r.New.Path) {
			at := len(d.modules)
			d.module(join(dir, r.New.Path), false)
			if len(d.modules) > at {
				d.modules[at].path = r.Old.Path // imports say this one
			}
		}
	}
}

// vendor adds the vendor directory of a main module or workspace: that it appears
// or goes changes the default of -mod.
func (d *decider) vendor(dir string) {
	v := filepath.Join(dir, "vendor")
	d.vendors = append(d.vendors, v)
	d.add(v, "the vendor directory")
	d.add(filepath.Join(v, "modules.txt"), "vendor/modules.txt")
}

func (d *decider) read(path string) []byte {
	file, ok := d.set.overlay.content(path)
	if !ok {
		return nil
	}
	data, _ := os.ReadFile(file) // what is wrong with it, the go command says
	return data
}

// between adds the places above a package's directory, up to its module's, where a
// go.mod would cut the package out of the module.
func (d *decider) between(dir, root string) {
	for dir := range ancestors(dir) {
		if dir == root || !under(root, dir) {
			return
		}
		d.add(filepath.Join(dir, "go.mod"), "go.mod of another module")
	}
}

// links adds the links on the way to a directory. cache remembers what is no link.
func (d *decider) links(dir string, cache map[string]bool) {
	for dir := range ancestors(dir) {
		if cache[dir] {
			return // and so were its parents
		}
		cache[dir] = true
		if fi, err := os.Lstat(dir); err == nil && fi.Mode()&fs.ModeSymlink != 0 {
			d.decides[dir] = deciding{what: "a link to a directory of the build", link: true}
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

// wanted returns the directories where an import that was not found could be.
func (d *decider) wanted(path ImportPath) []string {
	var dirs []string
	for _, m := range d.modules {
		if rest, ok := strings.CutPrefix(string(path), m.path); ok && m.path != "" && (rest == "" || rest[0] == '/') {
			dirs = append(dirs, filepath.Join(m.dir, filepath.FromSlash(rest)))
		}
	}
	for _, v := range d.vendors {
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

// envFile reads one variable of the file of `go env -w`.
func envFile(file, name string) string {
	if file == "" || file == "off" {
		return ""
	}
	data, _ := os.ReadFile(file) // absent is the usual case
	for line := range strings.Lines(string(data)) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), name+"="); ok {
			return v
		}
	}
	return ""
}
