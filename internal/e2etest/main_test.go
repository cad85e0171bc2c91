// Package e2etest tests the whole of gorun where a script of testdata/script
// cannot: against the go command's own scripts (conform_test.go), against
// `go build` after random edits (edits_test.go), by ending it at random moments
// (deaths_test.go), and against `go run` where nothing or something small has
// changed since the last start (start_test.go, start_cases_test.go). It takes
// minutes; -short leaves most of it out.
//
// Gorun is the test binary itself under another name, so -race and -cover reach
// it.
package e2etest

import (
	"bytes"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gorun-dev/gorun/internal/cli"
)

// TestMain lets the test binary be gorun, under that name.
func TestMain(m *testing.M) {
	if strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe") == "gorun" {
		os.Exit(cli.Main(os.Args))
	}
	os.Exit(m.Run())
}

// install makes the test binary stand at file.
func install(t *testing.T, file string) {
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
	// A test beside this one that starts something would hand the open file on for a
	// moment, and it could not be executed meanwhile (ETXTBSY).
	syscall.ForkLock.RLock()
	err = os.WriteFile(file, b, 0o777)
	syscall.ForkLock.RUnlock()
	if err != nil {
		t.Fatal(err)
	}
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := osexec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// waitLimit bounds every wait. A test that reaches it has failed.
const waitLimit = time.Minute

// eventually waits until cond holds. It looks ever less often: what it waits for
// may be work at the lowest priority.
func eventually(cond func() bool) bool {
	limit := time.After(waitLimit)
	for pause := 2 * time.Millisecond; !cond(); pause = min(2*pause, 100*time.Millisecond) {
		select {
		case <-limit:
			return cond()
		case <-time.After(pause):
		}
	}
	return true
}

// pause lets some time pass, where it is the moment that is random.
func pause(d time.Duration) { <-time.After(d) }

// output is what a process has printed so far.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}
