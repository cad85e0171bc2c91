package startcache

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// A listed is a package as `go list -deps -json` prints it.
type listed struct {
	Dir, ImportPath string
	Standard        bool
	Incomplete      bool

	GoFiles, CgoFiles, CFiles, CXXFiles, MFiles, HFiles, FFiles, SFiles []string
	SwigFiles, SwigCXXFiles, SysoFiles, EmbedFiles                      []string
}

const listedFields = "-json=Dir,ImportPath,Standard,Incomplete," +
	"GoFiles,CgoFiles,CFiles,CXXFiles,MFiles,HFiles,FFiles,SFiles,SwigFiles,SwigCXXFiles,SysoFiles,EmbedFiles"

// parseList reads what go list printed. It returns the files that the program is built
// from, those of the standard library apart. A package with cgo or SWIG is built from
// further files, which nobody lists, so it is unrecordable.
func parseList(out []byte) (files, std []string, err error) {
	d := json.NewDecoder(strings.NewReader(string(out)))
	for d.More() {
		var p listed
		if err := d.Decode(&p); err != nil {
			return nil, nil, fmt.Errorf("reading what go list printed: %w", err)
		}
		switch {
		case p.Incomplete:
			return nil, nil, errors.New(p.ImportPath + " cannot be built")
		case p.ImportPath == "unsafe":
			continue
		case !p.Standard && len(p.CgoFiles)+len(p.SwigFiles)+len(p.SwigCXXFiles) > 0:
			return nil, nil, unrecordable(p.ImportPath + " is built with cgo: headers and libraries of the system decide")
		}
		for _, list := range [][]string{
			p.GoFiles, p.CgoFiles, p.CFiles, p.CXXFiles, p.MFiles, p.HFiles, p.FFiles, p.SFiles, p.SysoFiles, p.EmbedFiles,
		} {
			for _, f := range list {
				if !filepath.IsAbs(f) {
					f = filepath.Join(p.Dir, f)
				}
				if p.Standard {
					std = append(std, f)
				} else {
					files = append(files, f)
				}
			}
		}
	}
	if len(std) == 0 {
		return nil, nil, errors.New("go list names no files")
	}
	return files, std, nil
}
