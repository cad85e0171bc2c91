//go:build linux

package e2etest

import (
	"bytes"
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
)

var deaths = flag.Int("deaths", 100, "how often TestDeaths ends gorun")

// TestDeaths starts gorun and ends it at a random moment by a random signal,
// SIGKILL included. Nothing may be left: no process of its family, no file in
// the project; and the next start must work.
func TestDeaths(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	t.Parallel()
	r := random(t)
	dir, err := filepath.EvalSymlinks(t.TempDir()) // as /proc has it
	if err != nil {
		t.Fatal(err)
	}
	gorun := filepath.Join(dir, "bin", "gorun")
	install(t, gorun)
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

	ran := 0
	for i := range *deaths {
		var out output
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
			pause(time.Duration(r.IntN(600)) * time.Millisecond)
		} else {
			if !eventually(func() bool { return strings.Contains(out.String(), "ready") }) {
				t.Fatalf("start %d: the program does not run:\n%s", i, out.String())
			}
			for range 1 + r.IntN(2) {
				program(1000 + 2*i + r.IntN(2))
				pause(time.Duration(r.IntN(400)) * time.Millisecond)
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
		case <-time.After(waitLimit):
			t.Errorf("start %d: gorun %q goes on after %v:\n%s", i, cmd.Args[1:], sig, out.String())
			cmd.Process.Kill()
			<-ended
		}
		if strings.Contains(out.String(), "ready") {
			ran++
		}
		var left []string
		once := cmd.Args[1] == "-once"
		if !eventually(func() bool {
			left = marked(marker, gorun)
			if once {
				// After execve gorun is the program, whose family is its own
				// affair, as after an execve by a shell.
				left = slices.DeleteFunc(left, func(p string) bool { return strings.Contains(p, "/bin/sleep") })
			}
			return len(left) == 0
		}) {
			t.Fatalf("start %d: after %v gorun %q left behind:\n%s\nit said:\n%s", i, sig, cmd.Args[1:], strings.Join(left, "\n"), out.String())
		}
		killMarked(marker, gorun)
		program(0)
		if after := listing(t, project); after != before {
			t.Fatalf("start %d: after %v the project has changed from\n%s\nto\n%s", i, sig, before, after)
		}
	}
	t.Logf("%d starts, in %d of them the program ran", *deaths, ran)

	var out output
	cmd := osexec.Command(gorun, "-once", ".", "quick")
	cmd.Dir, cmd.Env = project, env
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil || !strings.Contains(out.String(), "ready 0") {
		t.Errorf("the next start: %v\n%s", err, out.String())
	}
	killMarked(marker, gorun) // its recorder, which writes into the directory that is removed now
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

// marked returns the processes that have a variable in their environment, and those
// that run an executable.
func marked(variable, executable string) []string {
	var list []string
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, file := range files {
		env, err := os.ReadFile(file)
		proc := filepath.Dir(file)
		if exe, _ := os.Readlink(filepath.Join(proc, "exe")); exe != executable && (err != nil || !bytes.Contains(env, []byte(variable+"\x00"))) {
			continue
		}
		cmdline, _ := os.ReadFile(filepath.Join(proc, "cmdline"))
		list = append(list, fmt.Sprintf("%s %q", filepath.Base(proc), cmdline))
	}
	return list
}

// killMarked ends what a program that outlived gorun has left.
func killMarked(variable, executable string) {
	eventually(func() bool {
		list := marked(variable, executable)
		for _, p := range list {
			var pid int
			fmt.Sscan(p, &pid)
			syscall.Kill(pid, syscall.SIGKILL)
		}
		return list == nil
	})
}
