//go:build unix

package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gorun-dev/gorun/internal/cli"
	"github.com/gorun-dev/gorun/internal/scripttest"
)

// TestMain lets the test binary be gorun: under that name for the scripts, and in the hidden roles in
// which gorun starts itself.
func TestMain(m *testing.M) {
	if status, ok := cli.Role(os.Args); ok {
		os.Exit(status)
	}
	testscript.Main(m, map[string]func(){"gorun": main})
}

// TestScript runs testdata/script/*.txtar.
func TestScript(t *testing.T) { scripttest.Run(t, "testdata/script") }
