// Package e2etest tests the whole of gorun where a script of testdata/script
// cannot: against the go command's own scripts (conform_test.go), against
// `go build` after random edits (edits_test.go), by ending it at random moments
// (deaths_test.go, linkdeaths_test.go), and against `go run` where nothing or something small has
// changed since the last start (start_test.go, start_cases_test.go). newproject_test.go works on what
// -new makes. The random ones make few cases by default and many with -tags=long (internal/longtest).
//
// Gorun is the test binary itself under another name, so -race and -cover reach
// it.
package e2etest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorun-dev/gorun/internal/cli"
	"github.com/gorun-dev/gorun/internal/proctest"
)

// TestMain lets the test binary be gorun: under that name, and in the hidden roles in which
// gorun starts itself, which have other names.
func TestMain(m *testing.M) {
	if status, ok := cli.Role(os.Args); ok {
		os.Exit(status)
	}
	if strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe") == "gorun" {
		os.Exit(cli.Main(os.Args))
	}
	proctest.Parallel()
	os.Exit(m.Run())
}
