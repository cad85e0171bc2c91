package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

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
	out, err := r.output(ctx, c.dir, nil, "go", "list", "-buildvcs=false",
		"-f", "{{.Module.Path}}\n{{.Module.Dir}}\n{{.Dir}}\n{{.Name}}", c.pkg)
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
