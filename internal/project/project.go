// Package project says, without asking the go command, which project a directory is part
// of and which package the words of a command line mean: -tell has to be quick, and to
// work where nothing builds.
//
// The functions follow links and are for comparing: two spellings of one directory or
// package come out equal. What is built is the go command's to say.
package project

import (
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/gorun-dev/gorun/internal/plainfile"
)

// Root returns the directory of the workspace or module that a directory is part of, or
// the directory itself. gowork is the value of GOWORK.
func Root(dir, gowork string) string {
	dir = RealPath(dir)
	if gowork != "off" {
		if found := Above(dir, "go.work"); found != "" {
			return found
		}
	}
	if found := Above(dir, "go.mod"); found != "" {
		return found
	}
	return dir
}

// Above returns the nearest directory, from dir upwards, that has a file of that name; ""
// if none has.
func Above(dir, name string) string {
	for {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && !info.IsDir() {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}

// Target returns what the words of a command line name, spelled in one way only, for a go
// command that runs in dir, and the directory of it, "" if that is not known. With files,
// the words are .go files.
func Target(dir string, words []string, files bool) (target, directory string) {
	absolute := func(path string) string {
		if filepath.IsAbs(path) {
			return RealPath(path)
		}
		return RealPath(filepath.Join(dir, path))
	}
	switch {
	case len(words) == 0:
		return "", ""
	case files:
		var list []string
		for _, word := range words {
			list = append(list, absolute(word))
		}
		return strings.Join(list, string(filepath.ListSeparator)), filepath.Dir(list[0])
	}
	p := words[0]
	if p == "." || p == ".." || strings.HasPrefix(p, "./") || strings.HasPrefix(p, "../") || filepath.IsAbs(p) {
		dir := absolute(p)
		return dir, dir
	}
	if root := Above(dir, "go.mod"); root != "" {
		data, _ := plainfile.Read(filepath.Join(root, "go.mod"))
		if rest, ok := strings.CutPrefix(p+"/", modfile.ModulePath(data)+"/"); ok {
			dir := RealPath(filepath.Join(root, rest))
			return dir, dir
		}
	}
	return p, ""
}

// RealPath is a path without symbolic links, as far as it leads anywhere.
func RealPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return filepath.Clean(path)
}
