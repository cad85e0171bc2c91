// Package cli turns a command line into a run of gorun: it reads flags and
// environment, chooses between the three modes, wires the rooms together, and
// says with which status gorun ends.
//
//	once.go     build, then become the program
//	live.go     the loop
//	why.go      is a file in the build
//	program.go  from an executable to the process that `go run` would start
//
// It holds no behaviour of its own: what a flag means to the go command is
// goflags', when to build is live's, how is incremental's.
package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/console"
	"github.com/gorun-dev/gorun/internal/goflags"
	"github.com/gorun-dev/gorun/internal/procgroup"
)

// Exit statuses of gorun's own; any other is the program's.
const (
	statusFailed = 1 // a build failed, or gorun could not do its work
	statusUsage  = 2

	statusInterrupted = 130 // of -tell: the user does not wait for the answer
)

// Role plays one of the parts in which gorun starts itself, if the command line
// asks for one. Main does that first; a test binary that stands for gorun must,
// too.
func Role(args []string) (status int, ok bool) {
	if status, ok := procgroup.Role(args); ok {
		return status, true
	}
	switch {
	case len(args) > 1 && args[1] == recordRole:
		return record(args[2:]), true
	case len(args) > 1 && args[1] == takeRole:
		take(args[2:])
		return 0, true
	}
	return incremental.Role(args)
}

// Main runs gorun with the command line args, args[0] included, and returns its
// exit status.
func Main(args []string) int {
	if status, ok := Role(args); ok {
		return status
	}
	con := console.New(os.Stderr, console.Options{
		Terminal: term.IsTerminal(int(os.Stderr.Fd())),
		NoColor:  os.Getenv("NO_COLOR"),
		Term:     os.Getenv("TERM"),
		Debug:    os.Getenv("GORUNDEBUG"),
		Raw:      func() bool { return console.IsRaw(os.Stderr) },
	})
	defer con.Flush()
	c, err := parse(args[1:], os.Environ())
	var usage *goflags.UsageError
	switch {
	case errors.As(err, &usage) && (ofAnotherGo(usage.Unknown) || !isDirectory(c.line.Chdir)):
		// The go command changes to the directory before it looks at the rest.
		c.con = con
		status, err := c.becomeGoRun(usage.Unknown...)
		if err != nil {
			con.Fail("%v", err)
		}
		return max(status, statusUsage)
	case errors.As(err, &usage):
		con.Output([]byte(usage.Text))
		return usage.Status
	case err != nil:
		con.Fail("%v", err)
		return statusUsage
	case c.flags.help:
		printHelp(os.Stdout)
		return 0
	case c.flags.version:
		printVersion(os.Stdout)
		return 0
	}
	c.con = con
	status, err := c.run()
	if err != nil {
		con.Fail("%v", err)
		return max(status, statusFailed)
	}
	return status
}

// A command is one run of gorun: what the user asked for and where.
type command struct {
	flags flags
	line  goflags.Line
	args  []string // the command line, without gorun's name
	env   []string // the environment that gorun was started with
	dir   string   // the directory that the go command starts in: -C applied
	goCmd string
	self  string
	con   *console.Console

	profile       string   // of gorun.toml; "" if it has none
	settingsFiles []string // where gorun.toml is, or would be

	listeners *exec.Listeners // what the program is given

	settings
}

// parse reads the command line, with GORUNFLAGS before it, and before that what a
// file says.
func parse(args, env []string, file ...goflags.Defaults) (*command, error) {
	c := &command{args: args, env: env}
	defaults := append(file, goflags.Defaults{Variable: "GORUNFLAGS", Value: c.getenv("GORUNFLAGS")})
	var err error
	if c.line, err = goflags.Split(args, c.flags.register, defaults...); err != nil {
		return c, err
	}
	if c.flags.debug.on {
		goFlags, _ := goflags.ParseEnv(c.getenv("GOFLAGS")) // its faults are the go command's to tell
		c.line = c.flags.debug.debugging(c.line, goFlags)
	}
	c.line = c.line.WithGOFLAGS(c.getenv("GOFLAGS"))
	if c.flags.help || c.flags.version {
		return c, nil
	}
	if name := c.flags.forLive(); name != "" && c.line.Versioned {
		return c, fmt.Errorf("-%s needs gorun beside the program; with package@version it becomes the program", name)
	}
	return c, c.flags.check()
}

// ofAnotherGo reports whether a command line that begins with an unknown flag can
// only be judged by the go command: package@version may ask for a newer one, which
// may know the flag. Like the go command, it has to know where the flag ends
// (maybeSwitchForGoInstallVersion in cmd/go's gotoolchain code).
func ofAnotherGo(args []string) bool {
	if len(args) == 0 || !strings.Contains(args[0], "=") {
		return false
	}
	for _, arg := range args {
		if !strings.HasPrefix(arg, "-") {
			return strings.Contains(arg, "@")
		}
	}
	return false
}

// run does what the command line asks for, in the mode that it chooses.
func (c *command) run() (int, error) {
	if c.flags.clean {
		return c.clean()
	}
	if err := c.locate(); err != nil {
		return 0, err
	}
	if c.flags.quiet {
		c.con.Quiet()
	}
	if c.flags.tell.do != "" {
		return c.tell()
	}
	if err := c.configure(); err != nil {
		return statusUsage, err
	}
	if c.flags.quiet { // in gorun.toml
		c.con.Quiet()
	}
	if err := c.checkDebugger(); err != nil {
		return 0, err
	}
	switch {
	case c.line.Bool("n"):
		return c.print()
	case c.flags.why != "":
		return c.why()
	case c.flags.slices.on:
		return c.slices()
	case c.flags.against.given:
		return c.against()
	case c.flags.graph.value != "":
		return c.graph()
	}
	var err error
	if c.listeners, err = exec.Listen(c.flags.listen); err != nil {
		return 0, err
	}
	if c.once() {
		return c.runOnce()
	}
	return c.runLive()
}

// once reports whether gorun builds and becomes the program: where it is told
// so, where there is nothing to watch, and where nobody is there to save a file.
func (c *command) once() bool {
	switch {
	case c.flags.once, c.line.Versioned, c.underGenerate():
		return true // under go generate also with a GORUNFLAGS that is meant for people
	case c.flags.watch, c.flags.forLive() != "":
		return false
	}
	return c.getenv("CI") == "true"
}

// underGenerate reports whether gorun runs in a //go:generate line: the go
// command sets these for its generators (go help generate).
func (c *command) underGenerate() bool {
	for _, name := range []string{"GOFILE", "GOLINE", "GOPACKAGE", "DOLLAR"} {
		if c.getenv(name) == "" {
			return false
		}
	}
	return true
}

// goRunFlags are the flags for a go command that starts in gorun's own directory.
func (c *command) goRunFlags() []string {
	var f []string
	if c.line.Chdir != "" {
		f = append(f, "-C="+c.line.Chdir)
	}
	return append(f, c.line.Build...)
}

func (c *command) getenv(name string) string {
	value, _ := lookup(c.env, name)
	return value
}

// lookup returns the last value of a variable, as the C library does.
func lookup(env []string, name string) (string, bool) {
	for i := len(env) - 1; i >= 0; i-- {
		if value, ok := strings.CutPrefix(env[i], name+"="); ok {
			return value, true
		}
	}
	return "", false
}

// isDirectory reports whether -C's directory is there; without -C it is.
func isDirectory(dir string) bool {
	if dir == "" {
		return true
	}
	info, err := os.Stat(dir)
	return err == nil && info.IsDir()
}

func sameDir(a, b string) bool {
	ia, errA := os.Stat(a)
	ib, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(ia, ib)
}

func printHelp(w io.Writer) {
	fmt.Fprint(w, `usage: gorun [flags] package [arguments...]

gorun is go run that stays alive: it starts the program as go run would,
rebuilds it when a file that it is built from is saved, and puts the new
executable in the place of the old one.

The package is one package, or a list of .go files, or package@version. All
build flags of go help build and the -exec flag of go help run are accepted.
Flags of gorun's own:

`)
	fs := flag.NewFlagSet("gorun", flag.ContinueOnError)
	fs.SetOutput(w)
	new(flags).register(fs)
	fs.PrintDefaults()
	fmt.Fprint(w, `
Environment:

  GORUNFLAGS  flags to put before those of the command line, as GOFLAGS
  GORUNCACHE  directory for executables, by default gorun in the user's cache directory;
              off keeps none from one start to the next
  GORUNDEBUG  topics to print a line per state change of: `+strings.Join(console.Topics, ", ")+`
`)
}
