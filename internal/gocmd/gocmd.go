// Package gocmd runs the go command.
//
// An Invocation is one command line of it with its directory and environment; Run
// runs it to its end. A cancelled context interrupts it, so that it can remove
// its work directory, and kills it and everything it started where that does not
// end it soon. An invocation never outlives gorun (procgroup sees to that), but
// for a plain one, which gets an interrupt when gorun dies.
//
// What the go command says is the caller's to show: gorun passes it on byte for
// byte and adds no words of its own.
package gocmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/gorun-dev/gorun/internal/environ"
	"github.com/gorun-dev/gorun/internal/procgroup"
	"github.com/gorun-dev/gorun/internal/startfailure"
)

// interruptGrace is how long an interrupted go command may take to end. It
// removes its work directory then, which for a link of a large program holds
// hundreds of files; a compiler that it waits for is interrupted with it.
const interruptGrace = 2 * time.Second

// An Invocation is one run of the go command.
type Invocation struct {
	Go   string   // the go command's file, from Find
	Args []string // what follows "go"
	Dir  string   // where it runs; "" is gorun's own directory
	Env  []string // its whole environment

	Stdin *os.File // nil is the null device

	// Where its output goes. A nil file is captured, both streams into one
	// buffer in the order written where both are nil and Combined is set.
	Stdout, Stderr *os.File
	Combined       bool

	// Tee gets what is captured of standard error, too, as it comes; nil if nobody watches.
	Tee io.Writer

	Priority Priority

	// Plain is procgroup's: where this process dies the command is interrupted, and a
	// compiler or another tool that it waits for ends by itself.
	Plain bool
}

// A Result is how an invocation ended.
type Result struct {
	Status         int    // exit status, 128+n for a signal
	Stdout, Stderr []byte // what was captured; with Combined, all of it is in Stderr
}

// Run runs the command to its end. The error says why there is no status: it
// could not be started, or ctx ended, which is then ctx's cause.
func (inv Invocation) Run(ctx context.Context) (Result, error) {
	return run(ctx, procgroup.Spec{
		Path:   inv.Go,
		Args:   append([]string{"go"}, inv.Args...),
		Dir:    inv.Dir,
		Env:    inv.Env,
		Stdin:  inv.Stdin,
		Stdout: inv.Stdout,
		Stderr: inv.Stderr,

		Priority:  inv.Priority,
		Plain:     inv.Plain && inv.Priority == Normal,
		Signal:    syscall.SIGINT,
		Grace:     interruptGrace,
		LeaveRest: true, // git's own housekeeping after a download, telemetry
	}, inv.Combined, inv.Tee)
}

// A Tool is one run of another program of the Go distribution, or of the go
// command where its own words are not for the user.
type Tool struct {
	Argv     []string // the program's file first
	Dir      string   // where it runs; "" is gorun's own directory
	Env      []string // its whole environment
	Priority Priority
}

// Run runs the tool to its end, as Invocation.Run does. Both its streams are
// captured.
func (t Tool) Run(ctx context.Context) (Result, error) {
	return run(ctx, procgroup.Spec{
		Path: t.Argv[0], Args: t.Argv, Dir: t.Dir, Env: t.Env, Priority: t.Priority, LeaveRest: true,
	}, false, nil)
}

// Become makes this process the tool, with the streams that it has; Priority does
// not count. It returns only if that failed, or, where a process cannot become
// another, when the tool has ended, with its status. A tool without a directory, such
// as the C compiler, is looked up in this process's PATH.
func (t Tool) Become() (status int, err error) {
	path, err := osexec.LookPath(t.Argv[0])
	if err != nil {
		return 0, err
	}
	err = procgroup.Become(procgroup.Spec{
		Path: path, Args: t.Argv, Dir: t.Dir, Env: t.Env, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
	})
	if ended, ok := errors.AsType[*procgroup.Ended](err); ok {
		return ended.Outcome.ExitStatus(), nil
	}
	return 0, fmt.Errorf("starting %s: %w", filepath.Base(t.Argv[0]), err)
}

// run runs a process to its end and captures the streams that spec leaves open.
func run(ctx context.Context, spec procgroup.Spec, combined bool, tee io.Writer) (Result, error) {
	if err := context.Cause(ctx); err != nil {
		return Result{}, err
	}
	out, errOut := capture{}, capture{tee: tee}
	var err error
	captured := spec.Stderr == nil
	if captured {
		if spec.Stderr, err = errOut.open(); err != nil {
			return Result{}, err
		}
	}
	switch {
	case spec.Stdout != nil:
	case combined && captured:
		spec.Stdout = spec.Stderr
	default:
		if spec.Stdout, err = out.open(); err != nil {
			errOut.close()
			return Result{}, err
		}
	}
	group, err := procgroup.Start(spec)
	out.started()
	errOut.started()
	if err != nil {
		out.close()
		errOut.close()
		if e, ok := errors.AsType[*startfailure.Error](err); ok && e.Reason == startfailure.NoDirectory {
			return Result{}, &NoDirectoryError{Dir: spec.Dir, Err: err}
		}
		return Result{}, fmt.Errorf("starting %s: %w", programName(spec), err)
	}
	select {
	case <-group.Done():
	case <-ctx.Done():
		// Everything gets the interrupt, unless it is plain, as from a terminal: the
		// go command does not end its compilers and linkers, which would go on for
		// nothing.
		group.Stop()
		<-group.Done()
	}
	r := Result{Status: group.Outcome().ExitStatus(), Stdout: out.close(), Stderr: errOut.close()}
	if err := context.Cause(ctx); err != nil {
		return r, err
	}
	return r, nil
}

func programName(spec procgroup.Spec) string {
	if spec.Args[0] == "go" {
		return "the go command"
	}
	return filepath.Base(spec.Path)
}

// capture collects what is written to one end of a pipe.
type capture struct {
	r, w *os.File
	buf  bytes.Buffer
	tee  io.Writer     // gets the same; nil if nobody does
	done chan struct{} // closed by the copying goroutine
}

func (c *capture) open() (*os.File, error) {
	var err error
	if c.r, c.w, err = os.Pipe(); err != nil {
		return nil, fmt.Errorf("making a pipe for the go command's output: %w", err)
	}
	c.done = make(chan struct{})
	to := io.Writer(&c.buf)
	if c.tee != nil {
		to = io.MultiWriter(to, c.tee)
	}
	go func() {
		defer close(c.done)
		io.Copy(to, c.r)
	}()
	return c.w, nil
}

// started closes our copy of the writing end: the process has its own.
func (c *capture) started() {
	if c.w != nil {
		c.w.Close()
	}
}

// close waits for the end of the output, which comes when the last process that
// holds the pipe is gone.
func (c *capture) close() []byte {
	if c.r == nil {
		return nil
	}
	c.w.Close()
	<-c.done
	c.r.Close()
	return c.buf.Bytes()
}

// Find returns the go command that a user with this environment would run: the
// one in PATH, or else the one of GOROOT, as scripts that clear PATH expect.
func Find(env []string) (string, error) {
	path := environ.Get(env, "PATH")
	if root := environ.Get(env, "GOROOT"); root != "" {
		path += string(filepath.ListSeparator) + filepath.Join(root, "bin")
	}
	if file, ok := LookUp(path, "go"); ok {
		return file, nil
	}
	return "", errors.New("there is no go command in PATH or GOROOT\n" +
		"install Go from https://go.dev/dl, or set GOROOT to where it is")
}

// LookUp looks a command up in the directories of a PATH: the absolute ones, as os/exec
// takes nothing from the current directory.
func LookUp(path, name string) (file string, ok bool) {
	for _, dir := range filepath.SplitList(path) {
		if !filepath.IsAbs(dir) {
			continue
		}
		if file, err := osexec.LookPath(filepath.Join(dir, name)); err == nil {
			return file, true
		}
	}
	return "", false
}

// FindCommand returns the file of a command's first word, which it looks up in path as a shell would.
func FindCommand(path, word string) (string, error) {
	if strings.ContainsAny(word, `/\`) {
		return word, nil
	}
	file, ok := LookUp(path, word)
	if !ok {
		return "", fmt.Errorf("there is no %q in PATH", word)
	}
	return file, nil
}

// Env asks the go command for its settings in a directory, as `go env` prints them.
// The directory matters: its go.mod can choose another toolchain.
func Env(ctx context.Context, goCmd, dir string, env []string) (map[string]string, error) {
	r, err := Invocation{Go: goCmd, Args: []string{"env", "-json"}, Dir: dir, Env: env}.Run(ctx)
	if err != nil {
		return nil, err
	}
	if r.Status != 0 {
		return nil, &Failure{Status: r.Status, Output: r.Stderr}
	}
	var vars map[string]string
	if err := json.Unmarshal(r.Stdout, &vars); err != nil {
		return nil, fmt.Errorf("reading what go env -json printed: %w", err)
	}
	return vars, nil
}

// A NoDirectoryError says that a command cannot run where it should.
type NoDirectoryError struct {
	Dir string
	Err error
}

func (e *NoDirectoryError) Error() string {
	if _, err := os.Stat(e.Dir); errors.Is(err, fs.ErrNotExist) {
		return fmt.Sprintf("the directory %q is not there", e.Dir)
	}
	return e.Err.Error()
}

func (e *NoDirectoryError) Unwrap() error { return e.Err }

// A Failure is a go command that ended with a status other than 0 and said why.
type Failure struct {
	Status int
	Output []byte // the go command's own words
}

func (f *Failure) Error() string {
	return strings.TrimSpace(string(f.Output))
}
