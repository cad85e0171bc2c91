package execflag

import (
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorun-dev/gorun/internal/environ"
)

// GOFLAGS is what `go env` says it is, wherever it stands.
func TestGoFlags(t *testing.T) {
	out, err := osexec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	goroot := strings.TrimSpace(string(out))
	file := filepath.Join(t.TempDir(), "env")
	for _, c := range []struct{ env, file string }{
		{"", ""},
		{"-tags=a", "GOFLAGS=-tags=b\n"},
		{"", "GOFLAGS=-tags=b\nGOPROXY=off\n"},
		{"", "GOFLAGS=-tags=b\nGOFLAGS=-exec=x"},
		{"", "# a comment\n\n=x\ngoflags=-v\n\nGOFLAGS=\n"},
		{"", " GOFLAGS=-tags=b\n"},
	} {
		if err := os.WriteFile(file, []byte(c.file), 0o666); err != nil {
			t.Fatal(err)
		}
		env := []string{"GOFLAGS=" + c.env, "GOENV=" + file}
		cmd := osexec.Command("go", "env", "GOFLAGS")
		cmd.Env = append(os.Environ(), env...)
		want, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		got := goFlags(environ.Getenv(env), goroot)
		if got != strings.TrimSuffix(string(want), "\n") {
			t.Errorf("GOFLAGS=%q, file %q: %q, go env says %q", c.env, c.file, got, want)
		}
	}
}
