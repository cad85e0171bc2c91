package e2etest

import (
	"fmt"
	"io"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/gorun-dev/gorun/internal/proctest"
)

// sizesProgram says the size of its terminal, again whenever it is told that there is a new one.
const sizesProgram = `package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"unsafe"
)

func main() {
	resized := make(chan os.Signal, 1)
	signal.Notify(resized, syscall.SIGWINCH)
	for {
		var size struct{ Row, Col, x, y uint16 }
		_, _, err := syscall.Syscall(syscall.SYS_IOCTL, 1, syscall.TIOCGWINSZ, uintptr(unsafe.Pointer(&size)))
		fmt.Println("SIZE", size.Row, size.Col, err)
		<-resized
	}
}
`

// Each of several programs has a terminal whose lines are as wide as those of gorun's, with the name, also
// when that is made narrower; a program that starts later has the new size.
func TestProgramsResize(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	gorun := filepath.Join(dir, "bin", "gorun")
	proctest.Install(t, gorun)
	project := filepath.Join(dir, "project")
	for file, text := range map[string]string{
		"go.mod":          "module example.com/m\n\ngo 1.26\n",
		"cmd/api/main.go": sizesProgram,
		"gorun.toml": "[program.api]\npackage = \"./cmd/api\"\n[program.other]\ncommand = [\"/bin/sh\", \"-c\", " +
			"\"trap 'echo RESIZED' WINCH; echo WAITS; while :; do sleep 0.05; done\"]\n",
	} {
		path := filepath.Join(project, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	master, slave := terminal(t)
	resize := func(rows, columns uint16) {
		size := unix.Winsize{Row: rows, Col: columns}
		if err := unix.IoctlSetWinsize(int(slave.Fd()), unix.TIOCSWINSZ, &size); err != nil {
			t.Fatal(err)
		}
	}
	resize(40, 120)
	cmd := osexec.Command(gorun, "-programs", "-watch")
	cmd.Dir, cmd.Env = project, append(os.Environ(), "GORUNCACHE=off", "CI=", "GOFLAGS=", "NO_COLOR=1", "TERM=xterm")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out := new(proctest.Output)
	go io.Copy(out, master)
	ended := make(chan struct{})
	go func() {
		cmd.Wait()
		close(ended)
	}()
	defer func() {
		cmd.Process.Signal(syscall.SIGTERM)
		<-ended
	}()
	await := func(words ...string) {
		t.Helper()
		for _, word := range words {
			if !proctest.Eventually(func() bool { return strings.Contains(out.String(), word) }, ended) {
				t.Fatalf("there is no %q in\n%s", word, out)
			}
		}
	}
	const name = len("other | ")
	await(fmt.Sprintf("  api │ SIZE 40 %d errno 0", 120-name), "other │ WAITS")
	resize(30, 90)
	await(fmt.Sprintf("  api │ SIZE 30 %d errno 0", 90-name), "other │ RESIZED")
	before := strings.Count(out.String(), "SIZE")
	if err := os.WriteFile(filepath.Join(project, "cmd/api/main.go"),
		[]byte(strings.Replace(sizesProgram, "SIZE", "AGAIN", 1)), 0o666); err != nil {
		t.Fatal(err)
	}
	await(fmt.Sprintf("  api │ AGAIN 30 %d errno 0", 90-name))
	if n := strings.Count(out.String(), "SIZE"); n != before {
		t.Errorf("the program has heard of %d new sizes, want %d\n%s", n-1, before-1, out)
	}
}

// terminal opens a pseudo-terminal.
func terminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { master.Close() })
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { slave.Close() })
	return master, slave
}
