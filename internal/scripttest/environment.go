//go:build unix

package scripttest

import (
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// lookPath finds a command as the script would.
func lookPath(ts *testscript.TestScript, name string) string {
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		if file, err := osexec.LookPath(filepath.Join(dir, name)); err == nil {
			return file
		}
	}
	ts.Fatalf("no command %q", name)
	return ""
}

// scriptVars are the variables that scripts set beside those of this process.
var scriptVars = []string{
	"GORUNCACHE", "GORUNFLAGS", "GORUNDEBUG", "CI", "WORK", "TMPDIR", "FROM_OUTSIDE",
	"GOFLAGS", "GOENV", "GOWORK", "GOPROXY", "GOCACHE", "GOMODCACHE", "GOOS", "GOARCH",
	"CC", "CGO_ENABLED", "CGO_CFLAGS", "GOFILE", "GOLINE", "GOPACKAGE", "DOLLAR", "GOSUMDB", "GO111MODULE", "GOBIN",
	"GOPATH",
}

// scriptEnv is the script's environment as a list.
func scriptEnv(ts *testscript.TestScript) []string {
	names := scriptVars
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		names = append(names, name)
	}
	var env []string
	seen := map[string]bool{"PWD": true}
	for _, name := range names {
		if v := ts.Getenv(name); v != "" && !seen[name] {
			env = append(env, name+"="+v)
		}
		seen[name] = true
	}
	return append(env, "PWD="+ts.MkAbs("."))
}
