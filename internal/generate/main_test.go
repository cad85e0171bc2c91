package generate

import (
	"os"
	"testing"

	"github.com/gorun-dev/gorun/internal/procgroup"
	"github.com/gorun-dev/gorun/internal/self"
)

// The go command is started by way of this executable: it plays the roles that gorun does.
func TestMain(m *testing.M) {
	if status, ok := self.Play(os.Args, procgroup.Roles...); ok {
		os.Exit(status)
	}
	os.Exit(m.Run())
}
