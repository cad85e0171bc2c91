//go:build unix

package proctest

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// Install copies the test binary to file, where it is to stand for gorun. Gorun is then the tested
// code itself, so that -race and -cover reach it.
func Install(t testing.TB, file string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	// While a test in parallel forks, the child holds a copy of the open file for a moment, and the
	// file could not be executed meanwhile (ETXTBSY). The lock keeps forks away.
	syscall.ForkLock.RLock()
	err = os.WriteFile(file, b, 0o777)
	syscall.ForkLock.RUnlock()
	if err != nil {
		t.Fatal(err)
	}
}
