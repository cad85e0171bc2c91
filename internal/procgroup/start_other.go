//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package procgroup

import (
	"os"
	"syscall"

	"github.com/gorun-dev/gorun/internal/startfailure"
)

// Elsewhere the program is an ordinary child: signals reach it alone, and what
// it starts, or a death of gorun by force, is on its own.

// HasTerminal is whether programs share this process's group. They do.
func HasTerminal() bool { return true }

// SignalName is the system's name for sig.
func SignalName(sig syscall.Signal) string { return sig.String() }

func start(spec Spec) (link, int, error) {
	spec, done, err := spec.withStreams()
	if err != nil {
		return nil, 0, startfailure.Undiagnosed(spec.Path, err)
	}
	defer done()
	return startPlain(spec)
}

func plainAttr(syscall.Signal) *syscall.SysProcAttr { return nil }

func outcomeOfState(st *os.ProcessState) Outcome {
	if code := st.ExitCode(); code >= 0 {
		return Outcome{Code: code}
	}
	return Outcome{Signal: syscall.SIGKILL} // which signal cannot be told here
}
