package cli

import (
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
)

// Which project is meant by a directory, and which package by words, without asking the
// go command: -tell has to be quick, and to work where nothing builds.

// project is the directory of the workspace or module that a directory is part of, or
// the directory itself.
func (c *command) project(dir string) string {
	dir = realPath(dir)
	if c.getenv("GOWORK") != "off" {
		if found := above(dir, "go.work"); found != "" {
			return found
		}
	}
	if found := above(dir, "go.mod"); found != "" {
		return found
	}
	return dir
}

// above returns the nearest directory, from dir upwards, that has a file of that name.
func above(dir, name string) string {
	for {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.Mode().IsRegular() {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}

// target returns what the command line names, spelled in one way only, and its
// directory, "" if that is not known.
func (c *command) target() (target, directory string) {
	switch {
	case len(c.line.Packages) == 0:
		return "", ""
	case c.line.Files:
		var files []string
		for _, f := range c.line.Packages {
			files = append(files, realPath(c.absolute(f)))
		}
		return strings.Join(files, string(filepath.ListSeparator)), filepath.Dir(files[0])
	}
	p := c.line.Packages[0]
	if p == "." || p == ".." || strings.HasPrefix(p, "./") || strings.HasPrefix(p, "../") || filepath.IsAbs(p) {
		dir := realPath(c.absolute(p))
		return dir, dir
	}
	if root := above(c.dir, "go.mod"); root != "" {
		data, _ := os.ReadFile(filepath.Join(root, "go.mod"))
		if rest, ok := strings.CutPrefix(p+"/", modfile.ModulePath(data)+"/"); ok {
			dir := realPath(filepath.Join(root, rest))
			return dir, dir
		}
	}
	return p, ""
}

// realPath is a path without symbolic links, as far as it leads anywhere.
func realPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return filepath.Clean(path)
}
