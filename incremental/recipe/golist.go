package recipe

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
)

// ListFields are the fields of `go list -json=` that ParseList reads.
const ListFields = "ImportPath,Export,Error,Dir,GoFiles,CgoFiles,CFiles,CXXFiles,MFiles,HFiles,FFiles,SFiles," +
	"SysoFiles,EmbedFiles,SwigFiles,SwigCXXFiles,Standard"

// A Listed is one package as the go command lists it.
type Listed struct {
	// Export is the path of the package's archive in GOCACHE; "" where it has none, as unsafe. The
	// name of a file there is the hash of its content (cmd/go/internal/cache), so the path
	// identifies the archive as well.
	Export string

	GoFiles []string // absolute, cgo files included
	Others  []string // absolute: C, headers, assembly, objects, embedded files

	// Cgo says that the package is built by cgo or SWIG, from files that nobody lists. Those of the standard
	// library are not meant: they are built from what every C compiler has.
	Cgo bool
}

// ParseList reads the output of `go list -export -deps -json=` with ListFields and returns the
// packages by import path.
func ParseList(out []byte) (map[string]Listed, error) {
	list := make(map[string]Listed)
	dec := json.NewDecoder(bytes.NewReader(out))
	for {
		var p struct {
			ImportPath, Export, Dir                                                 string
			GoFiles, CgoFiles                                                       []string
			CFiles, CXXFiles, MFiles, HFiles, FFiles, SFiles, SysoFiles, EmbedFiles []string
			SwigFiles, SwigCXXFiles                                                 []string
			Standard                                                                bool
			Error                                                                   *struct{ Err string }
		}
		err := dec.Decode(&p)
		if err == io.EOF {
			return list, nil
		}
		if err != nil {
			return nil, fmt.Errorf("output of go list: %w", err)
		}
		if p.Error != nil {
			return nil, fmt.Errorf("package %q: %s", p.ImportPath, p.Error.Err)
		}
		absolute := func(lists ...[]string) (files []string) {
			for _, f := range slices.Concat(lists...) {
				if !filepath.IsAbs(f) {
					f = filepath.Join(p.Dir, f)
				}
				files = append(files, f)
			}
			return files
		}
		list[p.ImportPath] = Listed{
			Export:  p.Export,
			Cgo:     !p.Standard && len(p.CgoFiles)+len(p.SwigFiles)+len(p.SwigCXXFiles) > 0,
			GoFiles: absolute(p.GoFiles, p.CgoFiles),
			Others:  absolute(p.CFiles, p.CXXFiles, p.MFiles, p.HFiles, p.FFiles, p.SFiles, p.SysoFiles, p.EmbedFiles),
		}
	}
}
