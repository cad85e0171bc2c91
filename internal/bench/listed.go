package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"slices"
)

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
		"-json=ImportPath,Dir,Name,Export,GoFiles,CgoFiles,SFiles,Imports,EmbedPatterns,ImportMap,Module"},
		flags, []string{p.pkg})
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
