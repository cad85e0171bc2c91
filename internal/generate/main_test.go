package generate

import (
	"os"
	"testing"

	"github.com/gorun-dev/gorun/internal/procgroup"
)

// The go command is started by way of this executable: it plays the roles that gorun does.
func TestMain(m *testing.M) {
	if status, ok := procgroup.Role(os.Args); ok {
		os.Exit(status)
	}
	os.Exit(m.Run())
}
