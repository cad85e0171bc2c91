//go:build linux

package e2etest

import (
	"errors"
	"fmt"
	"io"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gorun-dev/gorun/internal/proctest"
)

// A reader of gorun's output that does not read, or is not there any more, stops nothing: saves are acted
// on, gorun answers, and ends when it is told to.

// letterProgram writes its letter into a file that nobody's reading holds up.
const letterProgram = `package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	os.WriteFile(os.Getenv("LETTER"), []byte("%s"), 0o666)
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGTERM)
	<-c
}
`

// A letterRun is a gorun that runs letterProgram.
type letterRun struct {
	t            *testing.T
	gorun        string
	dir, letters string
	cmd          *osexec.Cmd
	ended        chan struct{} // closed when gorun has ended
}

func newLetterRun(t *testing.T, args ...string) *letterRun {
	t.Helper()
	dir := t.TempDir()
	r := &letterRun{t: t, gorun: filepath.Join(dir, "bin", "gorun"), dir: filepath.Join(dir, "m"),
		letters: filepath.Join(dir, "letter")}
	proctest.Install(t, r.gorun)
	if err := os.Mkdir(r.dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(r.dir, "go.mod"), []byte("module example.com/m\n\ngo 1.26\n"),
		0o666); err != nil {
		t.Fatal(err)
	}
	r.save("a")
	r.cmd = r.command(append(append([]string{"-watch"}, args...), ".")...)
	return r
}

func (r *letterRun) command(args ...string) *osexec.Cmd {
	cmd := osexec.Command(r.gorun, args...)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "GORUNCACHE="+filepath.Join(filepath.Dir(r.dir), "cache"), "LETTER="+r.letters,
		"CI=", "GOFLAGS=",
		"GORUNDEBUG=watch,plan,exec")
	return cmd
}

func (r *letterRun) save(letter string) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, "main.go"), fmt.Appendf(nil, letterProgram, letter), 0o666); err != nil {
		r.t.Fatal(err)
	}
}

func (r *letterRun) start() {
	r.t.Helper()
	if err := r.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.ended = make(chan struct{})
	go func() {
		r.cmd.Wait()
		close(r.ended)
	}()
	r.t.Cleanup(func() {
		r.cmd.Process.Kill()
		<-r.ended
		proctest.KillMarked("LETTER="+r.letters, r.gorun) // its recorder
	})
	r.await("a")
}

func (r *letterRun) await(letter string) {
	r.t.Helper()
	if !proctest.Eventually(func() bool {
		b, _ := os.ReadFile(r.letters)
		return string(b) == letter
	}, r.ended) {
		r.t.Fatalf("the program with %q does not run", letter)
	}
}

// goesOn saves, asks, and ends gorun.
func (r *letterRun) goesOn() {
	r.t.Helper()
	r.save("b")
	r.await("b")
	if out, err := r.command("-tell", "status").CombinedOutput(); err != nil || !strings.Contains(string(out), "running") {
		r.t.Errorf("gorun -tell status: %v\n%s", err, out)
	}
	r.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-r.ended:
	case <-time.After(proctest.Limit):
		r.t.Error("gorun goes on after SIGTERM")
	}
}

func TestAFullPipeStopsNothing(t *testing.T) {
	t.Parallel()
	r := newLetterRun(t)
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	defer write.Close()
	fill(t, write)
	r.cmd.Stderr = write
	r.start()
	r.goesOn()
}

// fill writes to a pipe until it takes no more, and leaves it blocking as it was.
func fill(t *testing.T, pipe *os.File) {
	t.Helper()
	fd := int(pipe.Fd()) // which makes it blocking
	if err := unix.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{4096, 1} {
		for {
			if _, err := unix.Write(fd, make([]byte, size)); errors.Is(err, unix.EAGAIN) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := unix.SetNonblock(fd, false); err != nil {
		t.Fatal(err)
	}
}

func TestAReaderThatHasGoneStopsNothing(t *testing.T) {
	t.Parallel()
	stopped := filepath.Join(t.TempDir(), "stopped")
	r := newLetterRun(t, "-after-stop=touch "+stopped)
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.cmd.Stdout, r.cmd.Stderr = write, write
	r.start()
	write.Close()
	read.Close()
	r.goesOn()
	if _, err := os.Stat(stopped); err != nil {
		t.Errorf("-after-stop has not run: %v", err)
	}
}

func TestAStoppedTerminalStopsNothing(t *testing.T) {
	t.Parallel()
	r := newLetterRun(t)
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip(err)
	}
	defer master.Close()
	fd := int(master.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer slave.Close()
	r.cmd.Stdin, r.cmd.Stdout, r.cmd.Stderr = slave, slave, slave
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	go io.Copy(io.Discard, master)
	r.start()
	// What ^S does.
	if err := unix.IoctlSetInt(int(slave.Fd()), unix.TCXONC, unix.TCOOFF); err != nil {
		t.Fatal(err)
	}
	r.goesOn()
}
