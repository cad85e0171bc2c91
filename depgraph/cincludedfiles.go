package depgraph

import (
	"os"
	"path/filepath"
	"slices"
)

// linkedHow is how a library is included.
const linkedHow = "linked by #cgo LDFLAGS"

// findIncluded follows the #include lines of packages with cgo and adds the
// libraries that #cgo lines name, as far as they lie in directories of modules.
func (b *builder) findIncluded() {
	for _, p := range b.g.packages {
		if p.Watched && p.Dir != "" {
			b.findIncludedOf(p)
		}
	}
}

func (b *builder) findIncludedOf(p *Package) {
	flags := cFlags{}
	type source struct {
		path     string
		includes []include
	}
	var sources []source
	cgo := false
	for _, path := range b.sources[p.ID] {
		in, f := b.g.inputs[path], b.g.facts[path]
		if in.kind == Ignored || in.kind == Embedded || f.header == nil {
			continue
		}
		if in.kind == Go && slices.Contains(f.header.imports, "C") {
			cgo = true
			for _, line := range f.header.cgo {
				flags.parseLine(p.Dir, line)
			}
		}
		if len(f.header.includes) > 0 {
			sources = append(sources, source{path, f.header.includes})
		}
	}
	if !cgo && !slices.ContainsFunc(sources, func(s source) bool { return kindOf(s.path) == Asm }) {
		return
	}
	if cgo {
		for _, name := range []string{"CGO_CFLAGS", "CGO_CPPFLAGS", "CGO_CXXFLAGS", "CGO_LDFLAGS"} {
			flags.parse(p.Dir, splitFlags(b.set.goenv[name]))
		}
	}
	search := []string{p.Dir}
	for _, dir := range flags.search {
		if b.inModules(dir) && !slices.Contains(search, dir) {
			search = append(search, dir)
		}
	}
	for len(sources) > 0 {
		s := sources[0]
		sources = sources[1:]
		dirs := search
		if dir := filepath.Dir(s.path); dir != p.Dir {
			dirs = append([]string{dir}, search...)
		}
		for _, inc := range s.includes {
			for _, path := range b.findInclude(inc, dirs) {
				in, found := b.addIncluded(p, path, inclusion{s.path, "#include " + inc.String()})
				if found && in.kind == Included {
					sources = append(sources, source{path, b.g.facts[path].header.includes})
				}
			}
		}
	}
	for _, path := range flags.included {
		b.addIncluded(p, path, inclusion{"", "-include"})
	}
	for _, path := range flags.libs {
		b.addIncluded(p, path, inclusion{"", linkedHow})
	}
}

// findInclude returns the file that an #include line finds. The places that are searched
// before that file become deciding paths: a file that appears there would be found
// instead. A line that includes a macro may mean every header in the directories.
func (b *builder) findInclude(inc include, dirs []string) (paths []string) {
	if inc.name == "" {
		for _, dir := range dirs {
			entries, _ := os.ReadDir(dir)
			for _, e := range entries {
				if kindOf(e.Name()) == Header && !e.IsDir() {
					paths = append(paths, filepath.Join(dir, e.Name()))
				}
			}
		}
		return paths
	}
	if filepath.IsAbs(inc.name) {
		return []string{filepath.Clean(inc.name)}
	}
	var absent []string
	for _, dir := range dirs {
		path := filepath.Join(dir, filepath.FromSlash(inc.name))
		file, ok := b.set.overlay.content(path)
		if fi, err := os.Stat(file); ok && err == nil && fi.Mode().IsRegular() {
			paths = []string{path}
			break
		}
		absent = append(absent, path)
	}
	if paths == nil && inc.angled {
		return nil // one of the system's, it seems: not a hundred places for stdio.h
	}
	for _, path := range absent {
		if b.g.inputs[path] == nil {
			b.search.deciding[path] = decidingPath{what: "a header for #include " + inc.String(), uncached: true}
		}
	}
	return paths
}

// addIncluded makes a file an input that an #include line or a flag leads to. found says
// that it exists and was no input of the package before.
func (b *builder) addIncluded(p *Package, path string, why inclusion) (in *input, found bool) {
	if !b.inModules(filepath.Dir(path)) {
		return nil, false
	}
	in = b.g.inputs[path]
	if in == nil {
		f := b.set.readFact(path, Included, b.previousFact(path))
		if !f.Exists() {
			b.search.deciding[path] = decidingPath{what: "a file for " + why.how, uncached: true}
			return nil, false
		}
		if f.header == nil {
			f.header = &header{}
		}
		in = &input{kind: Included}
		b.g.inputs[path], b.g.facts[path] = in, f
		found = true
	} else if !slices.Contains(in.users, p.ID) {
		found = true
	}
	in.addUser(p.ID)
	if len(in.inclusions) < 3 && !slices.Contains(in.inclusions, why) {
		in.inclusions = append(in.inclusions, why) // enough to answer why
	}
	return in, found
}

// inModules reports whether a directory lies in one of the modules that are watched.
func (b *builder) inModules(dir string) bool {
	if !b.set.watched(dir) {
		return false
	}
	if _, ok := moduleOf(b.search.modules, dir); ok {
		return true
	}
	for root := range b.g.directories {
		if under(root, dir) {
			return true
		}
	}
	return false
}
