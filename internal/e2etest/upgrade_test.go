//go:build linux

package e2etest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/gorun-dev/gorun/internal/proctest"
)

// An upgrade that comes between a start and its recorder: the recorder is the gorun that
// was started, and makes the record. What stands in gorun's place would say so if it ran.
func TestRecorderAfterAnUpgrade(t *testing.T) {
	for _, tt := range []struct{ name, mode, hook, how string }{
		{"removed before the build", "-once", "-before-build", "remove"},
		{"replaced before the build", "-once", "-before-build", "replace"},
		{"replaced after the build", "-once", "-before-start", "replace"},
		{"replaced, and gorun stays", "-watch=false", "-before-build", "replace"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newStartRig(t)
			other, wrong := r.path("other-gorun"), r.path("wrong")
			r.must(os.WriteFile(other, []byte("#!/bin/sh\necho \"$@\" >>'"+wrong+"'\nexit 9\n"), 0o755))
			do := "rm " + r.gorun
			if tt.how == "replace" {
				do = "mv " + other + " " + r.gorun
			}
			out, own, ok := r.run(r.command(r.gorun, tt.mode, tt.hook+"="+do, "."))
			if !ok {
				t.Fatalf("it prints\n%s\nand says\n%s", out, own)
			}
			if !proctest.Eventually(func() bool {
				records, _ := filepath.Glob(r.path("cache/start/*.rec"))
				return len(records) == 1
			}, nil) {
				t.Errorf("no record was made; gorun says\n%s", own)
			}
			if b, err := os.ReadFile(wrong); err == nil {
				t.Errorf("another gorun was started: %s", b)
			}
		})
	}
}
