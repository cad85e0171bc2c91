package self

import (
	"os"
	"path/filepath"
)

// Name is the name that gorun's processes bear in every role, so that pkill finds
// them all.
func Name() string {
	path, err := os.Executable()
	if err != nil {
		return "gorun"
	}
	return filepath.Base(path)
}
