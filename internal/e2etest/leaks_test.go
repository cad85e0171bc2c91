//go:build linux

package e2etest

import (
	"fmt"
	"net"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/gorun-dev/gorun/internal/longtest"
	"github.com/gorun-dev/gorun/internal/proctest"
)

// leakingProgram listens on a port, and says which version it is.
const leakingProgram = `package main

import (
	"fmt"
	"net"
	"time"
)

func main() {
	l, err := net.Listen("tcp", %q)
	if err != nil {
		panic(err)
	}
	fmt.Println("version %d is up")
	go func() {
		for {
			if c, err := l.Accept(); err == nil {
				c.Close()
			}
		}
	}()
	time.Sleep(time.Hour)
}
`

// TestLeaks reloads a program again and again: by saves, some of them broken, and by signals, in
// both modes. gorun and the keeper do not have more descriptors by that.
func TestLeaks(t *testing.T) {
	for _, swap := range []string{"replace", "overlap"} {
		t.Run(swap, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			gorun, module := filepath.Join(dir, "bin", "gorun"), filepath.Join(dir, "module")
			proctest.Install(t, gorun)
			if err := os.Mkdir(module, 0o777); err != nil {
				t.Fatal(err)
			}
			// On two addresses in turn: with overlap the one is in the way of the other.
			port := leaksPort(t)
			write := func(version int, rest string) {
				host := []string{"127.0.0.1", "127.0.0.1", "127.0.0.1", ""}[version%4]
				text := fmt.Sprintf(leakingProgram, fmt.Sprintf("%s:%d", host, port), version) + rest
				if err := os.WriteFile(filepath.Join(module, "main.go"), []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(filepath.Join(module, "go.mod"), []byte("module example.com/m\n\ngo 1.26\n"), 0o666); err != nil {
				t.Fatal(err)
			}
			write(1, "")
			var out, said proctest.Output
			cmd := osexec.Command(gorun, "-watch", "-swap="+swap, "-grace=1s", ".")
			cmd.Dir, cmd.Stdout, cmd.Stderr = module, &out, &said
			cmd.Env = append(os.Environ(), "GORUNCACHE=off", "TMPDIR="+dir, "CI=", "GOFLAGS=")
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				cmd.Process.Signal(syscall.SIGTERM)
				cmd.Wait()
			})
			await := func(what string, is func() bool) {
				t.Helper()
				if !proctest.Eventually(is, nil) {
					t.Fatalf("%s: still not:\n%s%s", what, out.String(), said.String())
				}
			}
			ups := func(version int) int { return strings.Count(out.String(), fmt.Sprintf("version %d is up\n", version)) }
			reload := func(version int) {
				if version%5 == 0 {
					failed := strings.Count(said.String(), "build failed")
					write(version, "var x int = nothing\n")
					await("a broken build", func() bool { return strings.Count(said.String(), "build failed") > failed })
				}
				write(version, "")
				await("a reload", func() bool { return ups(version) == 1 })
				if version%7 == 0 {
					swapped := strings.Count(said.String(), "restarted in")
					cmd.Process.Signal(syscall.SIGUSR1)
					await("a restart", func() bool { return ups(version) == 2 && strings.Count(said.String(), "restarted in") > swapped })
				}
			}
			// At rest there is one keeper, and no go command.
			keeper := func() string {
				threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", cmd.Process.Pid))
				var all []string
				for _, file := range threads {
					b, _ := os.ReadFile(file)
					all = append(all, strings.Fields(string(b))...)
				}
				if len(all) != 1 {
					return ""
				}
				return all[0]
			}
			descriptors := func(pid string) int {
				list, _ := os.ReadDir("/proc/" + pid + "/fd")
				return len(list)
			}
			self := fmt.Sprint(cmd.Process.Pid)
			const warm = 8
			// What is made once, such as the lock of the direct way's directory, may come later on
			// a busy machine. A descriptor a reload would be more.
			const slack = 5
			for v := 2; v <= warm; v++ {
				reload(v)
			}
			var before, beforeKeeper int
			await("rest", func() bool {
				k := keeper()
				before, beforeKeeper = descriptors(self), descriptors(k)
				return k != "" && keeper() == k && beforeKeeper > 0
			})
			last := warm + longtest.Cases(12, 100)
			for v := warm + 1; v <= last; v++ {
				reload(v)
			}
			var after, afterKeeper int
			if !proctest.Eventually(func() bool {
				k := keeper()
				after, afterKeeper = descriptors(self), descriptors(k)
				return k != "" && after <= before+slack && afterKeeper > 0 && afterKeeper <= beforeKeeper
			}, nil) {
				t.Errorf("%d reloads: gorun has %d descriptors, before %d; its keeper %d, before %d\n%s",
					last-warm, after, before, afterKeeper, beforeKeeper, said.String())
			}
		})
	}
}

// leaksPort returns a port that is free now, outside the range from which the kernel takes ports for others.
func leaksPort(t *testing.T) int {
	t.Helper()
	var err error
	for i := range 100 {
		port := 10000 + (os.Getpid()*101+i+int(leaksPorts.Add(1)))%20000
		var l net.Listener
		if l, err = net.Listen("tcp", fmt.Sprintf(":%d", port)); err == nil {
			l.Close()
			return port
		}
	}
	t.Skip(err)
	return 0
}

var leaksPorts atomic.Int64
