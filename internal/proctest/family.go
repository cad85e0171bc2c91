//go:build unix

package proctest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// A Process is one that runs, as /proc shows it. Where there is no /proc, none is ever found.
type Process struct {
	PID         int
	CommandLine string // quoted, with NUL between the arguments
}

func (p Process) String() string { return fmt.Sprintf("%d %s", p.PID, p.CommandLine) }

// Marked returns the processes that have variable, a NAME=value, in their environment, and those that
// run executable; "" is none.
func Marked(variable, executable string) []Process {
	var list []Process
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, file := range files {
		dir := filepath.Dir(file)
		env, err := os.ReadFile(file)
		marked := err == nil && bytes.Contains(append([]byte{0}, env...), []byte("\x00"+variable+"\x00"))
		exe, _ := os.Readlink(filepath.Join(dir, "exe"))
		if !marked && (executable == "" || exe != executable) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			continue
		}
		line, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
		list = append(list, Process{PID: pid, CommandLine: strconv.Quote(string(line))})
	}
	return list
}

// KillMarked kills those processes and waits until there is none any more.
func KillMarked(variable, executable string) {
	Eventually(func() bool {
		list := Marked(variable, executable)
		for _, p := range list {
			syscall.Kill(p.PID, syscall.SIGKILL)
		}
		return list == nil
	}, nil)
}

// Running reports whether there is a process of that ID which is no zombie.
func Running(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || !bytes.Contains(b, []byte(") Z "))
}

// Join is a list of processes for a message, one a line.
func Join(list []Process) string {
	var b strings.Builder
	for _, p := range list {
		fmt.Fprintln(&b, p)
	}
	return b.String()
}
