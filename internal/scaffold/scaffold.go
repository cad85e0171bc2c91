// Package scaffold writes a new project, which runs as it is: -new.
//
// The invariant: a directory has the whole project, or what it had before. So nothing is written into
// a directory that has anything in it, and the files get their place when all of them are written.
//
// The directory _project is the project itself, under the module path example.com/shop; the go command
// passes over it for the underscore. To write it for another module, three texts are replaced, see
// replacer. Rejected: text/template, which reaches methods by name, so that the linker keeps every
// exported method of gorun: 1.8 MB more of executable, and the files would be no Go code.
//
//	request.go     what a command line asks for
//	scaffold.go    the project's files
//	modulepath.go  which module paths are taken, and what follows from them
//	publish.go     from files to a directory, all or nothing
//	report.go      what was made, and what comes next
//
// That the project builds, is tested and runs is held by tests here and in e2etest.
package scaffold

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

//go:embed all:_project
var embedded embed.FS

// goVersion is the go directive of a new module: what its code needs, at the least.
const goVersion = "1.25.0"

// A Project is a new project, still to be written.
type Project struct {
	module string
	name   string
	label  string
}

// New returns the project of a module. The error says what is wrong with the module path.
func New(module string) (Project, error) {
	if err := checkModulePath(module); err != nil {
		return Project{}, err
	}
	name := nameOf(module)
	return Project{module: module, name: name, label: labelOf(name)}, nil
}

// DefaultDir is the directory of the project where no other one is named.
func (p Project) DefaultDir() string { return p.name }

// Write writes the project into a directory, an absolute path, and returns its files in their order.
// The directory is made, with those above it, if it is not there; otherwise it has to be empty. When
// ctx ends early, nothing is written.
func (p Project) Write(ctx context.Context, dir string) ([]string, error) {
	files, err := p.files()
	if err != nil {
		return nil, err
	}
	if err := publish(ctx, dir, files); err != nil {
		return nil, err
	}
	var names []string
	for _, f := range files {
		names = append(names, f.name)
	}
	return names, nil
}

// A file is one of the project.
type file struct {
	name       string // with slashes, relative to the project's directory
	text       string
	executable bool
}

// files are those of the project, in the order of their names.
func (p Project) files() ([]file, error) {
	// embed leaves out a directory that has a go.mod, so there is none among the others.
	files := []file{{name: "go.mod", text: fmt.Sprintf("module %s\n\ngo %s\n", p.module, goVersion)}}
	replacer := p.replacer()
	err := fs.WalkDir(embedded, "_project", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := embedded.ReadFile(path)
		if err != nil {
			return err
		}
		files = append(files, file{
			name:       strings.TrimPrefix(path, "_project/"),
			text:       replacer.Replace(string(text)),
			executable: strings.HasPrefix(string(text), "#!"), // embed has no modes
		})
		return nil
	})
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.name, b.name) })
	return files, err
}

// replacer replaces what stands in _project for what depends on the module. All that it puts in is
// made of letters, digits and -._~+/ (see checkModulePath), which mean nothing in Go strings, YAML
// strings, HTML and TOML comments; labels are of fewer, for Kubernetes.
func (p Project) replacer() *strings.Replacer {
	return strings.NewReplacer(
		"example.com/shop", p.module,
		"shop-", p.label+"-", // shop-api, shop-worker, shop-dev
		"Shop", p.name,
	)
}
