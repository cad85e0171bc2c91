package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A program is what is measured: a module in a directory of the run's own, with
// the files of edit.go in it.
type program struct {
	name string
	sites
	pkg  string   // what is named on the tools' command lines
	args []string // the program's arguments
	addr string   // where a client finds it, "" if nobody knows
	env  []string // beside the run's

	all    bool     // every edit is to be made on it
	beside *program // a copy for tools that wait (tool.age), or nil

	info ProgramInfo
}

// ProgramInfo describes a program in the results.
type ProgramInfo struct {
	Name      string  `json:"name"`
	Module    int     `json:"module_packages"`    // packages of the module in the build
	All       int     `json:"packages"`           // all packages in the build
	Importers int     `json:"importers"`          // direct importers of the edited package
	Edited    string  `json:"edited_package"`     // its import path
	FirstMake float64 `json:"first_build"`        // seconds of the first build, with an empty cache but for std
	Size      int64   `json:"executable_bytes"`   // as `go build` makes it
	NoFloor   string  `json:"no_floor,omitempty"` // why it has none
}

// generated returns a program of a shape, in a directory below work.
func generated(s shape, work, addr string) (*program, error) {
	p := &program{
		name: s.name,
		sites: sites{
			module: s.module(), root: filepath.Join(work, s.name),
			mainDir: ".", libDir: s.editedDir(), libName: "main",
		},
		pkg:  ".",
		addr: addr,
		env:  []string{addrEnv + "=" + addr, "GOFLAGS=", "GOWORK=off"},
	}
	if s.layers > 0 {
		p.libName = pkgName(s.edited, 0)
	}
	if err := os.RemoveAll(p.root); err != nil { // an earlier run's, with -work
		return nil, err
	}
	if err := s.generate(p.root); err != nil {
		return nil, err
	}
	return p, p.write(newText())
}

// newGenerated is generated with an address of its own.
func newGenerated(s shape, work string) (*program, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	return generated(s, work, addr)
}

// A checkout is a user's module.
type checkout struct {
	dir, pkg string   // as given
	edit     string   // package to edit; "": the one with the most importers, up to fanIn
	addr     string   // where it listens, if it does
	args     []string // its arguments
}

// copied returns a program that is a copy of a user's module, so that nothing
// is ever written to the module itself.
func copied(ctx context.Context, r *run, c checkout, work string) (*program, error) {
	// What git says of the checkout is not asked for: the copy is of files alone.
	out, err := r.output(ctx, c.dir, nil, "go", "list", "-buildvcs=false", "-f", "{{.Module.Path}}\n{{.Module.Dir}}\n{{.Dir}}\n{{.Name}}", c.pkg)
	if err != nil {
		return nil, err
	}
	line := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(line) != 4 || line[3] != "main" {
		return nil, fmt.Errorf("%q in %q is not one package main of a module", c.pkg, c.dir)
	}
	rel, err := filepath.Rel(line[1], line[2])
	if err != nil {
		return nil, err
	}
	p := &program{
		name: "checkout",
		sites: sites{
			module: line[0], root: filepath.Join(work, "checkout"),
			mainDir: filepath.ToSlash(rel), libDir: filepath.ToSlash(rel), libName: "main",
		},
		pkg:  "./" + filepath.ToSlash(rel),
		args: c.args,
		addr: c.addr,
		all:  true,
	}
	if rel == "." {
		p.pkg = "."
	}
	if err := os.RemoveAll(p.root); err != nil {
		return nil, err
	}
	if err := copyTree(p.root, line[1]); err != nil {
		return nil, err
	}
	list, err := p.list(ctx, r)
	if err != nil {
		return nil, err
	}
	edited := c.edit
	if edited == "" {
		edited = wellImported(list, p.module)
	}
	for _, q := range list {
		if q.ImportPath != edited && path.Join(p.module, c.edit) != q.ImportPath {
			continue
		}
		rel, err := filepath.Rel(p.root, q.Dir)
		if err != nil || !filepath.IsLocal(rel) {
			return nil, fmt.Errorf("package %q is not in the module %s", edited, p.module)
		}
		p.libDir, p.libName = filepath.ToSlash(rel), q.Name
		return p, p.write(newText())
	}
	return nil, fmt.Errorf("package %q is not in the build of %q", edited, c.pkg)
}

// wellImported picks the package of the module whose number of importers is the
// largest that is not more than fanIn.
func wellImported(list []listed, module string) string {
	best, most := "", 0
	for _, p := range list {
		if p.Module == nil || p.Module.Path != module || p.Name == "main" || len(p.CgoFiles) > 0 {
			continue
		}
		if n := importers(list, p.ImportPath); n >= most && n <= fanIn {
			best, most = p.ImportPath, n
		}
	}
	if best == "" {
		return list[len(list)-1].ImportPath // package main, the last of its dependencies
	}
	return best
}

// listed is what is asked of `go list`.
type listed struct {
	ImportPath, Dir, Name, Export                     string
	GoFiles, CgoFiles, SFiles, Imports, EmbedPatterns []string
	ImportMap                                         map[string]string
	Module                                            *struct{ Path, GoVersion string }
}

// list lists the packages of the build.
func (p *program) list(ctx context.Context, r *run, flags ...string) ([]listed, error) {
	argv := slices.Concat([]string{"go", "list", "-deps",
		"-json=ImportPath,Dir,Name,Export,GoFiles,CgoFiles,SFiles,Imports,EmbedPatterns,ImportMap,Module"}, flags, []string{p.pkg})
	out, err := r.output(ctx, p.root, p.env, argv...)
	if err != nil {
		return nil, err
	}
	var list []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var q listed
		if err := dec.Decode(&q); err == io.EOF {
			return list, nil
		} else if err != nil {
			return nil, err
		}
		list = append(list, q)
	}
}

func importers(list []listed, importPath string) int {
	n := 0
	for _, p := range list {
		if slices.Contains(p.Imports, importPath) {
			n++
		}
	}
	return n
}

// build fills the build cache.
func (p *program) build(ctx context.Context, r *run) error {
	exe := filepath.Join(p.root, "bin", "first")
	began := time.Now()
	if _, err := r.output(ctx, p.root, p.env, "go", "build", "-o", exe, p.pkg); err != nil {
		return err
	}
	p.info.FirstMake = time.Since(began).Seconds()
	if info, err := os.Stat(exe); err == nil {
		p.info.Size = info.Size()
	}
	list, err := p.list(ctx, r)
	if err != nil {
		return err
	}
	p.describe(list)
	if p.beside != nil {
		defer func() { p.beside.info, p.beside.all = p.info, p.all }()
		return p.beside.fill(ctx, r)
	}
	return nil
}

// fill makes a build cache of it.
func (p *program) fill(ctx context.Context, r *run) error {
	_, err := r.output(ctx, p.root, p.env, "go", "build", "-o", filepath.Join(p.root, "bin", "first"), p.pkg)
	return err
}

// describe fills in what the reader wants to know.
func (p *program) describe(list []listed) {
	i := &p.info
	*i = ProgramInfo{Name: p.name, All: len(list), FirstMake: i.FirstMake, Size: i.Size, NoFloor: i.NoFloor}
	for _, q := range list {
		if q.Module != nil && q.Module.Path == p.module && !strings.HasPrefix(q.ImportPath, path.Join(p.module, stampDir)) {
			i.Module++
		}
	}
	i.Edited = path.Join(p.module, p.libDir)
	i.Importers = importers(list, i.Edited)
}

func copyTree(to, from string) error {
	return filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		switch {
		case d.IsDir() && d.Name() == ".git":
			return filepath.SkipDir
		case d.IsDir():
			return os.MkdirAll(target, 0o777)
		case d.Type()&fs.ModeSymlink != 0:
			dest, err := os.Readlink(name)
			if err != nil {
				return err
			}
			return os.Symlink(dest, target)
		case d.Type().IsRegular():
			return copyFile(target, name)
		}
		return nil
	})
}

func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, info.Mode().Perm()|0o200)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}

// A run is what all measurements share.
type run struct {
	work     string // everything is in here; removed in the end
	env      []string
	goCmd    string
	checkout string // of gorun
	log      func(format string, args ...any)
}

// output runs a command to its end and returns its standard output.
func (r *run) output(ctx context.Context, dir string, env []string, argv ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir = dir
	cmd.Env = append(slices.Concat(r.env, env), "PWD="+dir)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, fmt.Errorf("%s: %w\n%s", strings.Join(argv, " "), err, stderr.Bytes())
	}
	return stdout.Bytes(), nil
}
