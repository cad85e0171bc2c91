//go:build linux

package e2etest

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	osexec "os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorun-dev/gorun/internal/longtest"
	"github.com/gorun-dev/gorun/internal/proctest"
)

var deathsFlag = flag.Int("deaths", 0,
	"how often TestDeaths and TestProgramsDeaths end gorun; 0 means some, and 100 and 40 with the long tests")

// TestDeaths starts gorun and ends it at a random moment by a random signal,
// SIGKILL included. Nothing may be left: no process of its family, no file in
// the project; and the next start must work.
func TestDeaths(t *testing.T) {
	t.Parallel()
	r := random(t)
	dir, err := filepath.EvalSymlinks(t.TempDir()) // as /proc has it
	if err != nil {
		t.Fatal(err)
	}
	gorun := filepath.Join(dir, "bin", "gorun")
	proctest.Install(t, gorun)
	project := filepath.Join(dir, "project")
	write := func(file, text string) {
		path := filepath.Join(project, file)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(text), 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	program := func(serial int) {
		write("main.go", fmt.Sprintf(familyProgram, serial))
	}
	write("go.mod", "module example.com/m\n\ngo 1.26\n")
	program(0)
	before := listing(t, project)
	marker := "GORUN_DEATHS=" + dir
	env := append(os.Environ(), marker, "GORUNCACHE="+filepath.Join(dir, "cache"), "CI=", "GOFLAGS=")
	signals := []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGKILL, syscall.SIGKILL}
	if !signal.Ignored(syscall.SIGHUP) { // as under nohup, and then by gorun and the program, too
		signals = append(signals, syscall.SIGHUP)
	}

	deaths := cmp.Or(*deathsFlag, longtest.Cases(6, 100))
	ran := 0
	for i := range deaths {
		var out proctest.Output
		cmd := osexec.Command(gorun, [][]string{{"-watch", "."}, {"."}, {"-once", "."}}[r.IntN(3)]...)
		cmd.Dir, cmd.Env = project, env
		cmd.Stdout, cmd.Stderr = &out, &out
		cmd.WaitDelay = time.Second
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// Half of them meet gorun at its start, the others later: after one
		// save, or two that follow each other.
		if r.IntN(2) == 0 {
			proctest.Pause(time.Duration(r.IntN(600)) * time.Millisecond)
		} else {
			if !proctest.Eventually(func() bool { return strings.Contains(out.String(), "ready") }, nil) {
				t.Fatalf("start %d: the program does not run:\n%s", i, out.String())
			}
			for range 1 + r.IntN(2) {
				program(1000 + 2*i + r.IntN(2))
				proctest.Pause(time.Duration(r.IntN(400)) * time.Millisecond)
			}
		}
		sig := signals[r.IntN(len(signals))]
		cmd.Process.Signal(sig)
		ended := make(chan struct{})
		go func() {
			cmd.Wait()
			close(ended)
		}()
		select {
		case <-ended:
		case <-time.After(proctest.Limit):
			t.Errorf("start %d: gorun %q goes on after %v:\n%s", i, cmd.Args[1:], sig, out.String())
			cmd.Process.Kill()
			<-ended
		}
		if strings.Contains(out.String(), "ready") {
			ran++
		}
		var left []proctest.Process
		once := cmd.Args[1] == "-once"
		if !proctest.Eventually(func() bool {
			left = proctest.Marked(marker, gorun)
			if once {
				// After execve gorun is the program, whose family is its own
				// affair, as after an execve by a shell.
				left = slices.DeleteFunc(left, func(p proctest.Process) bool {
					return strings.Contains(p.CommandLine, "/bin/sleep")
				})
			}
			return len(left) == 0
		}, nil) {
			t.Fatalf("start %d: after %v gorun %q left behind:\n%s\nit said:\n%s", i, sig, cmd.Args[1:],
				proctest.Join(left), out.String())
		}
		proctest.KillMarked(marker, gorun)
		program(0)
		if after := listing(t, project); after != before {
			t.Fatalf("start %d: after %v the project has changed from\n%s\nto\n%s", i, sig, before, after)
		}
	}
	t.Logf("%d starts, in %d of them the program ran", deaths, ran)

	var out proctest.Output
	cmd := osexec.Command(gorun, "-once", ".", "quick")
	cmd.Dir, cmd.Env = project, env
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil || !strings.Contains(out.String(), "ready 0") {
		t.Errorf("the next start: %v\n%s", err, out.String())
	}
	proctest.KillMarked(marker, gorun) // its recorder, which writes into the directory that is removed now
}

// familyProgram starts a child and a daemon, says so, and stays.
const familyProgram = `package main

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) == 1 {
		exec.Command("/bin/sleep", "3600").Start()
		daemon := exec.Command("/bin/sleep", "3600")
		daemon.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		daemon.Start()
	}
	os.Stdout.WriteString("ready " + strconv.Itoa(%d) + "\n")
	if len(os.Args) == 1 {
		time.Sleep(time.Hour)
	}
}
`

// listing is what there is in a directory.
func listing(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		fmt.Fprintln(&b, path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}
