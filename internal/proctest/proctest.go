//go:build unix

// Package proctest is for tests that start real processes: it collects what a process prints,
// waits for what is to happen, installs the test binary as gorun, and finds what was left behind.
//
//	proctest.go  output, waiting, the go command's settings, exit status
//	install.go   the test binary as an executable of its own
//	family.go    processes that carry a mark in their environment
//
// Every wait has one limit, [Limit], and a test that reaches it has failed: no wait is a measurement.
package proctest

import (
	"bytes"
	"os"
	osexec "os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Limit bounds every wait: what has not happened after a minute on a busy machine will not.
const Limit = time.Minute

// Output is what a process has printed so far. It may be written to and read at the same time.
type Output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write adds to the output.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

// String returns everything that was printed so far.
func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// Eventually waits until cond holds and reports whether it did so before [Limit]. When over is closed,
// cond is asked a last time. The pauses grow, because the work that is waited for may have the lowest
// priority, and a test that polls on a whole processor would keep it from running.
func Eventually(cond func() bool, over <-chan struct{}) bool {
	limit := time.After(Limit)
	for pause := 2 * time.Millisecond; !cond(); pause = min(2*pause, 100*time.Millisecond) {
		select {
		case <-over:
			return cond()
		case <-limit:
			return cond()
		case <-time.After(pause):
		}
	}
	return true
}

// Pause lets some time pass, for tests in which the moment of the next step is random.
func Pause(d time.Duration) { <-time.After(d) }

// GoEnv returns a setting of the go command.
func GoEnv(t testing.TB, name string) string {
	t.Helper()
	out, err := osexec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// ExitStatus returns a status as a shell has it: 128+n where signal n ended the process.
func ExitStatus(s *os.ProcessState) int {
	if ws, ok := s.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return s.ExitCode()
}
