//go:build unix

// Package scripttest holds the commands of testdata/script/*.txtar beside testscript's own, and the
// environment in which scripts run. The README there says how to write a script.
//
//	scripttest.go  what a script runs in, and the table of its commands
//	jobs.go        commands in the background: start, await, count, signal, ended, gone, killpid, alone
//	runs.go        commands in the foreground: asgo, status, until
//	files.go       files: edit, found, tree, proxy
//	environment.go the script's environment as a process gets it
package scripttest

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gorun-dev/gorun/internal/longtest"
	"github.com/gorun-dev/gorun/internal/proctest"
)

// Run runs the scripts of a directory. A script fails if a process that it started is left behind.
func Run(t *testing.T, dir string) {
	gocache := proctest.GoEnv(t, "GOCACHE")
	gomodcache := proctest.GoEnv(t, "GOMODCACHE")
	testscript.Run(t, testscript.Params{
		Dir: dir,
		Setup: func(e *testscript.Env) error {
			jobs := &jobs{byName: make(map[string]*job)}
			e.Values["jobs"] = jobs
			e.Defer(func() {
				jobs.killAll()
				if left := leftBehind(e.WorkDir); left != nil {
					e.T().Fatal("left behind: ", left)
				}
			})
			e.Setenv("GOCACHE", gocache) // warm: the scripts test gorun, not the compiler
			e.Setenv("GOMODCACHE", gomodcache)
			e.Setenv("GOFLAGS", "")
			e.Setenv("GOENV", "off")
			e.Setenv("GOWORK", "")
			e.Setenv("GOPROXY", "off")
			e.Setenv("CI", "")
			e.Setenv("GORUNCACHE", filepath.Join(e.WorkDir, ".gorun-cache"))
			e.Setenv("HOME", filepath.Join(e.WorkDir, ".home"))
			return nil
		},
		Condition: func(condition string) (bool, error) {
			if condition != "long" {
				return false, fmt.Errorf("there is no condition %q", condition)
			}
			return longtest.On, nil // such a script takes ten seconds of processors
		},
		Cmds: commands,
	})
}

var commands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"start":   cmdStart,
	"await":   cmdAwait,
	"count":   cmdCount,
	"signal":  cmdSignal,
	"ended":   cmdEnded,
	"gone":    cmdGone,
	"killpid": cmdKill,
	"alone":   cmdAlone,
	"asgo":    cmdAsGo,
	"status":  cmdStatus,
	"until":   cmdUntil,
	"edit":    cmdEdit,
	"found":   cmdFound,
	"tree":    cmdTree,
	"proxy":   cmdProxy,
}
