package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/internal/watch"
)

// A batch is what a watching process tells of one.
type batch struct {
	At    int64    `json:"at"` // UnixNano
	Paths []string `json:"paths"`
	All   bool     `json:"all"`
}

// A trace is all that a watching process tells.
type trace struct {
	Batches []batch `json:"batches"`
	CPU     int64   `json:"cpu"`   // nanoseconds
	Error   string  `json:"error"` // then there is nothing else
}

// A watching is a process that watches.
type watching struct {
	backend string
	cmd     *exec.Cmd
	stdin   io.Closer
	stdout  *bufio.Reader
}

// watchRole is the environment's variable that makes this command a watching
// process; it names the backend. The directories come on standard input.
const watchRole = "GORUN_BENCH_WATCH"

// startWatching returns nil where the backend is not available.
func startWatching(ctx context.Context, r *run, backend string, dirs []string) (*watching, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(slices.Clone(r.env), watchRole+"="+backend)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	w := &watching{backend, cmd, stdin, bufio.NewReader(stdout)}
	if _, err := io.WriteString(stdin, strings.Join(dirs, "\n")+"\n\n"); err != nil {
		w.kill()
		return nil, err
	}
	line, err := w.stdout.ReadString('\n')
	if err != nil || line != "ready\n" {
		w.kill()
		r.log("noticing: %s: %s", backend, strings.TrimSpace(line))
		return nil, nil
	}
	return w, nil
}

func (w *watching) kill() {
	w.stdin.Close()
	if w.cmd.ProcessState == nil {
		w.cmd.Process.Kill()
		w.cmd.Wait()
	}
}

// finish ends a watching process and returns what it has to tell.
func (w *watching) finish() (trace, error) {
	var t trace
	w.stdin.Close()
	err := json.NewDecoder(w.stdout).Decode(&t)
	if werr := w.cmd.Wait(); err == nil {
		err = werr
	}
	return t, err
}

// watchAndReport is the watching process.
func watchAndReport(backend string, in io.Reader, out io.Writer) error {
	w, err := watch.New(watch.Options{Backend: backend})
	if err != nil {
		fmt.Fprintln(out, err)
		return nil
	}
	defer w.Close()
	lines := bufio.NewScanner(in)
	var dirs []string
	for lines.Scan() && lines.Text() != "" {
		dirs = append(dirs, lines.Text())
	}
	if err := w.Watch(dirs); err != nil {
		return err
	}
	before := ownCPU()
	fmt.Fprintln(out, "ready")
	over := make(chan struct{})
	go func() {
		defer close(over)
		for lines.Scan() {
		}
	}()
	var t trace
	for {
		select {
		case b := <-w.Batches():
			t.Batches = append(t.Batches, batch{time.Now().UnixNano(), b.Paths, b.All})
		case <-over:
			t.CPU = int64(ownCPU() - before)
			return json.NewEncoder(out).Encode(t)
		}
	}
}
