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
	// As the helper of goRun's -exec.
	if out := os.Getenv("GORUN_TEST_EXECUTABLE"); out != "" {
		data, err := os.ReadFile(os.Args[1])
		if err == nil {
			err = os.WriteFile(out, data, 0o700)
		}
		if err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}
