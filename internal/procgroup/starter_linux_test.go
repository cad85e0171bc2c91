package procgroup

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Anybody can read a process's command line, and only its user what its environment is.
// So the starter, too, must not have the program's environment or arguments among its own
// arguments.
func TestStarterHidesTheEnvironment(t *testing.T) {
	t.Run("below a keeper", func(t *testing.T) {
		// While a file is open for writing it cannot be executed, so that one starter after the
		// other runs and fails.
		busy := filepath.Join(t.TempDir(), "busy")
		binary, err := os.ReadFile(testBinary(t))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(busy, binary, 0o755); err != nil {
			t.Fatal(err)
		}
		writer, err := os.OpenFile(busy, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		fds, _ := listeners(t, 1)
		started := make(chan error, 1)
		go func() {
			g, err := Start(Spec{
				Path: busy, Args: []string{busy, "helper", "listens"}, Env: []string{"TOKEN=secret"},
				Listeners: []Listener{{fds[0], "x"}},
			})
			if err == nil {
				<-g.Done()
			}
			started <- err
		}()
		grandchildren := func() (all []int) {
			for _, pid := range children(os.Getpid()) {
				all = append(all, children(pid)...)
			}
			return all
		}
		watchStarter(t, "busy", grandchildren, started)
		writer.Close()
		if err := <-started; err != nil && !strings.Contains(err.Error(), "open for writing") {
			t.Error(err)
		}
	})
	t.Run("after an execve", func(t *testing.T) {
		// A starter that cannot end at its first descriptor: it writes why it failed into a pipe
		// that is full.
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		full := int(w.Fd())
		syscall.SetNonblock(full, true)
		for err == nil {
			_, err = syscall.Write(full, make([]byte, 4096))
		}
		syscall.SetNonblock(full, false)
		fds, _ := listeners(t, 1)
		argv := helper(t, "becomes", "3", "/nowhere/missing", "secret")
		p, err := os.StartProcess(argv[0], argv, &os.ProcAttr{
			Env:   append(os.Environ(), "TOKEN=secret"),
			Files: []*os.File{nil, nil, w, os.NewFile(uintptr(fds[0]), "listener")},
		})
		w.Close()
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() {
			_, err := p.Wait()
			ended <- err
		}()
		defer p.Kill()
		watchStarter(t, "missing", func() []int { return []int{p.Pid} }, ended)
	})
}

// watchStarter waits until starters of program were seen among the processes, and fails the
// test if one shows the word "secret" to everybody.
func watchStarter(t *testing.T, program string, processes func() []int, ended <-chan error) {
	t.Helper()
	seen := 0
	for limit := time.After(patience); seen < 3; {
		select {
		case err := <-ended:
			t.Fatalf("it has ended before a starter was seen: %v", err)
		case <-limit:
			t.Fatal("no starter was seen")
		default:
		}
		for _, pid := range processes() {
			b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
			if line := string(b); strings.Contains(line, fmt.Sprintf("\x00(starter of %s)\x00", program)) {
				seen++
				if strings.Contains(line, "secret") {
					t.Fatalf("everybody can read %q", line)
				}
			}
		}
	}
}
