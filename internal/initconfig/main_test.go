package initconfig

import (
	"os"
	"testing"

	"github.com/gorun-dev/gorun/internal/procgroup"
	"github.com/gorun-dev/gorun/internal/self"
)

// TestMain lets the test binary be the parent of the go command.
func TestMain(m *testing.M) {
	if status, ok := self.Play(os.Args, procgroup.Roles...); ok {
		os.Exit(status)
	}
	os.Exit(m.Run())
}
