package direct

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"testing"

	"github.com/gorun-dev/gorun/internal/procgroup"
	"github.com/gorun-dev/gorun/internal/self"
)

func TestMain(m *testing.M) {
	if status, ok := self.Play(os.Args, procgroup.Roles...); ok {
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

// testRunner runs commands as a test needs it.
func testRunner(ctx context.Context, argv []string, dir string, env []string) (stdout, stderr []byte, err error) {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = dir, env
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	err = cmd.Run()
	return o.Bytes(), e.Bytes(), err
}
