package depgraph

import (
	"encoding/json"
	"path/filepath"

	"github.com/gorun-dev/gorun/internal/plainfile"
)

// An overlay is what -overlay's JSON file says: other contents for paths, as
// the go command reads it (cmd/go/internal/fsys). A nil overlay replaces nothing.
type overlay struct {
	file    string            // the JSON file
	replace map[string]string // path → file with its content, "" for a path that is to be absent
}

// readOverlay never fails: what is wrong with the file, the go command says.
func readOverlay(file, dir string) *overlay {
	o := &overlay{file: file, replace: map[string]string{}}
	data, err := plainfile.Read(file)
	if err != nil {
		return o
	}
	var v struct{ Replace map[string]string }
	if json.Unmarshal(data, &v) != nil {
		return o
	}
	abs := func(p string) string {
		if filepath.IsAbs(p) {
			return filepath.Clean(p)
		}
		return filepath.Join(dir, p)
	}
	for from, to := range v.Replace {
		if to != "" {
			to = abs(to)
		}
		o.replace[abs(from)] = to
	}
	return o
}

// content returns the file that holds the content of path; ok is false if the
// overlay takes the path away.
func (o *overlay) content(path string) (file string, ok bool) {
	if o != nil {
		if to, replaced := o.replace[path]; replaced {
			return to, to != ""
		}
	}
	return path, true
}

// replaced reports whether the overlay, not the disk, decides about path.
func (o *overlay) replaced(path string) bool {
	if o == nil {
		return false
	}
	_, ok := o.replace[path]
	return ok
}
