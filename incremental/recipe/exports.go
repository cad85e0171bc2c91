package recipe

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// ParseExports reads the output of `go list -export -deps -json=ImportPath,Export,Error` and returns the path of each
// package's archive in GOCACHE, by import path. The name of a file there is the hash of its content
// (cmd/go/internal/cache), so the path identifies the archive as well.
func ParseExports(out []byte) (map[string]string, error) {
	archives := make(map[string]string)
	dec := json.NewDecoder(bytes.NewReader(out))
	for {
		var p struct {
			ImportPath string
			Export     string
			Error      *struct{ Err string }
		}
		err := dec.Decode(&p)
		if err == io.EOF {
			return archives, nil
		}
		if err != nil {
			return nil, fmt.Errorf("output of go list: %w", err)
		}
		if p.Error != nil {
			return nil, fmt.Errorf("package %q: %s", p.ImportPath, p.Error.Err)
		}
		if p.Export != "" { // unsafe has none
			archives[p.ImportPath] = p.Export
		}
	}
}
