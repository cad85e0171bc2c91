package incremental

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/gorun-dev/gorun/internal/environ"
)

// The go command works inside of the entry unless the user has said where; a GOTMPDIR
// that is empty says nothing, and must not stand before the one that does.
func TestWorkIn(t *testing.T) {
	for _, c := range []struct {
		env    []string
		inside bool
	}{
		{[]string{"A=1"}, true},
		{[]string{"GOTMPDIR=", "A=1"}, true},
		{[]string{"GOTMPDIR=/tmp/mine", "A=1"}, false},
	} {
		e := &Executable{entry: t.TempDir()}
		env, err := e.workIn(c.env)
		if err != nil {
			t.Fatal(err)
		}
		dir := environ.Get(env, "GOTMPDIR")
		if (dir == filepath.Join(e.entry, "work")) != c.inside {
			t.Errorf("with %q the go command works in %q", c.env, dir)
		}
		if _, err := os.Stat(dir); c.inside && err != nil {
			t.Error(err)
		}
	}
}
