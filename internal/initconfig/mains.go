package initconfig

import (
	"context"
	"go/build"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/gorun-dev/gorun/internal/gocmd"
	"github.com/gorun-dev/gorun/internal/plainfile"
)

// A mainPackage is one in the project.
type mainPackage struct {
	path string // its import path
	pkg  string // as it stands in gorun.toml: "./cmd/api", "."
	name string // what go build calls the executable
	at   place  // of its main function, or its first file
}

// findMains lists the main packages, sorted.
//
// -find keeps the go command from resolving imports: that could mean downloads, and what imports mean does not count
// here. Where it fails all the same, as with a go.mod that asks for another Go, the directories are walked.
func findMains(ctx context.Context, o Options) ([]mainPackage, error) {
	modules := modulesOf(o.Dir)
	args := []string{"list", "-e", "-find", "-f",
		"{{if eq .Name \"main\"}}{{.Dir}}\t{{.ImportPath}}\t{{range .GoFiles}}{{.}}\t{{end}}{{end}}"}
	for _, module := range modules {
		args = append(args, module+"/...")
	}
	r, err := gocmd.Invocation{
		Go: o.Go, Args: args, Dir: o.Dir, Env: o.Env,
	}.Run(ctx)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	var list []mainPackage
	if err == nil && r.Status == 0 {
		for line := range strings.Lines(string(r.Stdout)) {
			fields := strings.Split(strings.TrimRight(line, "\t\r\n"), "\t")
			if len(fields) > 2 {
				list = appendMain(list, o.Dir, fields[0], fields[1], fields[2:])
			}
		}
	} else {
		for _, module := range modules {
			list = walkMains(list, o.Dir, filepath.Join(o.Dir, filepath.FromSlash(module)))
		}
	}
	slices.SortFunc(list, func(a, b mainPackage) int { return strings.Compare(a.pkg, b.pkg) })
	return list, nil
}

// modulesOf returns the directories of a project's modules: that of its go.mod, or those of its go.work that are in it.
func modulesOf(dir string) []string {
	if isFile(filepath.Join(dir, "go.mod")) {
		return []string{"."}
	}
	var list []string
	data, err := plainfile.Read(filepath.Join(dir, "go.work"))
	if err == nil {
		if work, err := modfile.ParseWork("go.work", data, nil); err == nil {
			for _, use := range work.Use {
				if filepath.IsLocal(filepath.FromSlash(use.Path)) {
					list = append(list, "./"+path.Clean(use.Path))
				}
			}
		}
	}
	if list == nil {
		list = []string{"."}
	}
	return list
}

// maxDirectories bounds the walk: monorepos have tens of thousands of directories.
const maxDirectories = 100_000

// walkMains finds the main packages of the module in a directory without the go command.
func walkMains(list []mainPackage, project, root string) []mainPackage {
	data, _ := plainfile.Read(filepath.Join(root, "go.mod"))
	module := modfile.ModulePath(data)
	n := 0
	filepath.WalkDir(root, func(dir string, d fs.DirEntry, err error) error {
		switch name := filepath.Base(dir); {
		case err != nil && d != nil && d.IsDir():
			return fs.SkipDir
		case err != nil || !d.IsDir():
			return nil
		case dir != root && (name[0] == '.' || name[0] == '_' || name == "testdata" || name == "vendor" ||
			name == "node_modules"):
			return fs.SkipDir
		case dir != root && isFile(filepath.Join(dir, "go.mod")):
			return fs.SkipDir // another module
		}
		if n++; n > maxDirectories {
			return fs.SkipAll
		}
		p, _ := build.ImportDir(dir, 0)
		rel, err := filepath.Rel(root, dir)
		if p != nil && err == nil && p.Name == "main" && len(p.GoFiles) > 0 {
			list = appendMain(list, project, dir, path.Join(module, filepath.ToSlash(rel)), p.GoFiles)
		}
		return nil
	})
	return list
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && !info.IsDir()
}

var majorVersion = lazily(`^v[0-9]+$`)

func appendMain(list []mainPackage, root, dir, importPath string, files []string) []mainPackage {
	rel, err := filepath.Rel(root, dir)
	if err != nil || !filepath.IsLocal(rel) {
		real, err := filepath.EvalSymlinks(root) // the go command may have followed a link
		if err != nil {
			return list
		}
		if rel, err = filepath.Rel(real, dir); err != nil || !filepath.IsLocal(rel) {
			return list
		}
	}
	m := mainPackage{path: importPath, pkg: "."}
	rel = filepath.ToSlash(rel)
	if rel != "." {
		m.pkg = "./" + rel
	}
	elements := strings.Split(importPath, "/")
	if n := len(elements); n > 1 && majorVersion().MatchString(elements[n-1]) {
		elements = elements[:n-1]
	}
	m.name = elements[len(elements)-1]
	m.at = place{path.Join(rel, files[0]), 1}
	for _, file := range files {
		data, err := plainfile.Read(filepath.Join(dir, file))
		if err != nil {
			continue
		}
		n := 0
		for line := range strings.Lines(string(data)) {
			if n++; strings.HasPrefix(line, "func main()") {
				m.at = place{path.Join(rel, file), n}
				return append(list, m)
			}
		}
	}
	return append(list, m)
}

// mainAt returns the main package in a directory, relative to the project.
func (c *collection) mainAt(dir string) *mainPackage {
	pkg := "."
	if dir = path.Clean(dir); dir != "." {
		pkg = "./" + dir
	}
	i := slices.IndexFunc(c.mains, func(m mainPackage) bool { return m.pkg == pkg })
	if i < 0 {
		return nil
	}
	return &c.mains[i]
}

// mainBuilt returns the main package whose executable a path looks to be: bin/api, ./api or api.exe is what go build
// or go install makes of the only main package with the name api.
func (c *collection) mainBuilt(file string) *mainPackage {
	file = path.Clean(filepath.ToSlash(file))
	if path.IsAbs(file) || strings.HasPrefix(file, "../") || strings.Count(file, "/") > 2 {
		return nil
	}
	var found *mainPackage
	name := strings.TrimSuffix(path.Base(file), ".exe")
	for i := range c.mains {
		if c.mains[i].name == name {
			if found != nil {
				return nil
			}
			found = &c.mains[i]
		}
	}
	return found
}

// mainPrograms makes programs of main packages where nothing else names one, and tells those that nothing starts.
// Where several are programs and others are below cmd, the others are tools and examples.
func (c *collection) mainPrograms() {
	const of = "a main package"
	var others []mainPackage
	named := slices.ContainsFunc(c.programs, func(p *program) bool { return !p.ends })
	below := func(m mainPackage) bool { return m.pkg == "." || strings.HasPrefix(m.pkg, "./cmd/") }
	some := slices.ContainsFunc(c.mains, below)
	for _, m := range c.mains {
		switch {
		case slices.ContainsFunc(c.programs, func(p *program) bool { return p.pkg == m.pkg }):
		case named || some && !below(m):
			others = append(others, m)
		case len(c.programs) == maxPrograms:
			others = append(others, m)
		default:
			c.programs = append(c.programs, &program{name: m.name, from: m.at, note: of, pkg: m.pkg})
		}
	}
	if len(others) == 0 {
		return
	}
	var names []string
	for _, m := range others[:min(len(others), maxNamed)] {
		names = append(names, m.pkg)
	}
	more := ""
	if n := len(others) - len(names); n > 0 {
		more = " and " + strconv.Itoa(n) + " more"
	}
	c.tell(others[0].at, "main packages that nothing says to be programs: %s%s", strings.Join(names, ", "), more)
}

// maxNamed is how many main packages a line names.
const maxNamed = 10
