package incremental

import (
	"os"
	"testing"

	"github.com/gorun-dev/gorun/internal/procgroup"
)

func TestMain(m *testing.M) {
	if status, ok := procgroup.Role(os.Args); ok {
		os.Exit(status)
	}
	if status, ok := Role(os.Args); ok {
		os.Exit(status)
	}
	os.Exit(m.Run())
}
