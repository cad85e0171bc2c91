//go:build linux

package e2etest

import (
	"errors"
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorun-dev/gorun/internal/longtest"
	"github.com/gorun-dev/gorun/internal/proctest"
)

// countedMain and countedLib are a program that says a number, which is in a package of its own.
const (
	countedMain = `package main

import (
	"time"

	"example.com/m/lib"
)

func main() {
	lib.Say()
	time.Sleep(time.Hour)
}
`
	countedLib = `package lib

import "fmt"

//go:noinline
func Say() { fmt.Println("number", %d) }
`
)

// TestLinkDeaths kills gorun, or the linker that waits for the next save or links, at random moments of
// a session: nothing may be left, and what runs then, or after the next start, is what the files say.
func TestLinkDeaths(t *testing.T) {
	longtest.Skip(t)
	t.Parallel()
	r := random(t)
	dir, err := filepath.EvalSymlinks(t.TempDir()) // as /proc has it
	if err != nil {
		t.Fatal(err)
	}
	gorun, project, cache := filepath.Join(dir, "bin", "gorun"), filepath.Join(dir, "project"), filepath.Join(dir, "cache")
	proctest.Install(t, gorun)
	number := 0
	save := func() {
		number++
		path := filepath.Join(project, "lib", "lib.go")
		if err := os.WriteFile(path, fmt.Appendf(nil, countedLib, number), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(
		os.MkdirAll(filepath.Join(project, "lib"), 0o777),
		os.WriteFile(filepath.Join(project, "go.mod"), []byte("module example.com/m\n\ngo 1.26\n"), 0o666),
		os.WriteFile(filepath.Join(project, "main.go"), []byte(countedMain), 0o666),
	); err != nil {
		t.Fatal(err)
	}
	save()
	marker := "GORUN_LINK_DEATHS=" + dir
	defer proctest.KillMarked(marker, gorun)

	var cmd *osexec.Cmd
	var out *proctest.Output
	start := func() {
		out = new(proctest.Output)
		cmd = osexec.Command(gorun, "-watch", ".")
		cmd.Dir, cmd.Stdout, cmd.Stderr = project, out, out
		cmd.Env = append(os.Environ(), marker, "GORUNCACHE="+cache, "CI=", "GOFLAGS=", "GORUNDEBUG=plan")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
	}
	says := func(n int) bool { return strings.Contains(out.String(), fmt.Sprintf("number %d\n", n)) }
	runs := func(what string) {
		t.Helper()
		if !proctest.Eventually(func() bool { return says(number) }, nil) {
			t.Fatalf("%s: number %d does not run:\n%s", what, number, out.String())
		}
	}
	end := func(sig syscall.Signal) {
		t.Helper()
		cmd.Process.Signal(sig)
		cmd.Wait()
		var left []proctest.Process
		if !proctest.Eventually(func() bool {
			left = withoutRecorders(proctest.Marked(marker, gorun))
			return len(left) == 0
		}, nil) {
			t.Fatalf("%v left behind:\n%s\nit said:\n%s", sig, proctest.Join(left), out.String())
		}
	}
	linkers := func() (list []proctest.Process) {
		for _, p := range proctest.Marked(marker, "") {
			exe, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", p.PID))
			if strings.HasPrefix(exe, filepath.Join(cache, "ahead")) {
				list = append(list, p)
			}
		}
		return list
	}

	start()
	runs("the first start")
	waits := func() bool { return strings.Contains(out.String(), "a link waits") }
	if !proctest.Eventually(func() bool { return waits() || strings.Contains(out.String(), "no link ahead") }, nil) || !waits() {
		t.Skipf("there are no links ahead:\n%s", out.String())
	}
	killed, ahead := map[string]int{}, 0
	const deaths = 100
	for i := range deaths {
		what := fmt.Sprintf("death %d", i)
		if r.IntN(4) > 0 {
			// After each build a linker begins, but not any more after three that have failed in a row.
			save()
			runs(what + ", a save before it")
			gaveUp := func() bool { return strings.Contains(out.String(), "no link ahead of this program any more") }
			if !proctest.Eventually(func() bool { return len(linkers()) > 0 || gaveUp() }, nil) {
				t.Fatalf("%s: no linker runs:\n%s", what, out.String())
			}
		}
		for range r.IntN(3) {
			save()
			proctest.Pause(time.Duration([]int{0, 20, 100, 300, 1000}[r.IntN(5)]) * time.Millisecond)
		}
		if list := linkers(); r.IntN(3) > 0 && len(list) > 0 {
			for _, p := range list {
				syscall.Kill(p.PID, syscall.SIGKILL)
			}
			killed["a linker"]++
		} else {
			ahead += strings.Count(out.String(), "linked ahead")
			sig := []syscall.Signal{syscall.SIGKILL, syscall.SIGKILL, syscall.SIGTERM}[r.IntN(3)]
			end(sig)
			killed["gorun, "+sig.String()]++
			start()
		}
		runs(what)
		if r.IntN(2) == 0 {
			save()
			runs(what + ", a save after it")
		}
	}
	ahead += strings.Count(out.String(), "linked ahead")
	end(syscall.SIGTERM)
	t.Logf("%v; %d links ahead", killed, ahead)
	if killed["a linker"] == 0 || ahead == 0 {
		t.Error("nothing of links ahead was killed, or no link was made ahead")
	}
	// What a killed gorun has left on the disk is removed by one that starts a minute later, or by -clean.
	proctest.KillMarked(marker, gorun) // recorders
	clean := osexec.Command(gorun, "-clean")
	clean.Dir, clean.Env = project, append(os.Environ(), marker, "GORUNCACHE="+cache)
	if said, err := clean.CombinedOutput(); err != nil {
		t.Errorf("-clean: %v\n%s", err, said)
	}
	if left, _ := filepath.Glob(filepath.Join(cache, "exe", "*", "ahead*")); len(left) > 0 {
		t.Errorf("of links ahead there is left %q", left)
	}
}

// withoutRecorders leaves out of a list what outlives gorun as it is to: the process that writes the record of
// a start, and the go command that it runs at the lowest priority.
func withoutRecorders(list []proctest.Process) []proctest.Process {
	recorder := map[int]bool{}
	for _, p := range list {
		recorder[p.PID] = strings.Contains(p.CommandLine, "gorun:record")
	}
	parent := func(pid int) int {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		_, rest, _ := strings.Cut(string(text), ") ")
		var state string
		var ppid int
		fmt.Sscan(rest, &state, &ppid)
		return ppid
	}
	return slices.DeleteFunc(list, func(p proctest.Process) bool {
		for pid := p.PID; pid > 1; pid = parent(pid) {
			if recorder[pid] {
				return true
			}
		}
		return false
	})
}
