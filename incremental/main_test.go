package incremental

import (
	"os"
	"os/signal"
	"path/filepath"
	"testing"
	"time"

	"github.com/gorun-dev/gorun/internal/procgroup"
	"github.com/gorun-dev/gorun/internal/self"
)

func TestMain(m *testing.M) {
	if status, ok := self.Play(os.Args, append(procgroup.Roles, ExecRole, ToolexecRole)...); ok {
		os.Exit(status)
	}
	if len(os.Args) > 2 && os.Args[1] == cacheprogArgument {
		cacheprog(os.Args[2])
	}
	if dir := os.Getenv(slowGoVariable); dir != "" {
		slowGo(dir)
	}
	os.Exit(m.Run())
}

// slowGoVariable makes the test binary a go command that takes its time to end. Its
// value is the directory in which the two tell each other how far they are.
const slowGoVariable = "GORUN_TEST_SLOW_GO"

// slowGo runs until it is interrupted, and then until it may end.
func slowGo(dir string) {
	interrupt := make(chan os.Signal, 1)
	signal.Notify(interrupt, os.Interrupt)
	mark := func(name string) { os.WriteFile(filepath.Join(dir, name), nil, 0o666) }
	mark("runs")
	<-interrupt
	for !exists(filepath.Join(dir, "may end")) {
		time.Sleep(time.Millisecond)
	}
	mark("ended")
	os.Exit(1)
}
