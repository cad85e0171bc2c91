package gocmd_test

import (
	"os"
	"strings"
	"testing"

	"github.com/gorun-dev/gorun/internal/gocmd"
)

// TestIdle shows that what nobody waits for runs at the lowest priority, and so
// does what it starts, and that other tools do not.
func TestIdle(t *testing.T) {
	nice := func(idle bool) string {
		t.Helper()
		r, err := gocmd.Tool{Argv: []string{"/bin/sh", "-c", "cat /proc/self/stat; exit 0"}, Env: os.Environ(), Idle: idle}.Run(t.Context())
		if err != nil || r.Status != 0 {
			t.Skipf("no shell: %v, status %d, %s", err, r.Status, r.Stderr)
		}
		// Fields after the command's name (proc_pid_stat(5)): the state is the third, nice the 19th.
		_, rest, _ := strings.Cut(string(r.Stdout), ") ")
		return strings.Fields(rest)[19-3]
	}
	if got := nice(true); got != "19" {
		t.Errorf("nice %s, want 19", got)
	}
	if got := nice(false); got == "19" {
		t.Error("what is waited for is idle, too")
	}
}
