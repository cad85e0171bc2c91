// Package cli turns a command line into a run of gorun: it reads flags and environment,
// chooses between the modes, wires the rooms together, and says with which status gorun
// ends.
//
// Its invariant: it decides nothing. gorun's flags are described in flags' table; what a
// flag means to the go command is goflags', when to build is live's, how is incremental's,
// what is printed about a build is inspect's.
//
// The modes:
//
//	cli.go        from the command line to the mode
//	once.go       build, then become the program
//	live.go       the loop; livesettings.go: its settings, which gorun.toml may change
//	programs.go   -programs; programchoice.go: the command line of each; commandrun.go: the loop of one
//	              that is no Go program
//	inspect.go    -why, -slices, -graph, -against
//	tell.go       -tell
//	new.go        -new; init.go: -init
//	clean.go      -clean
//
// What they share:
//
//	configure.go  the command line with gorun.toml before it
//	locate.go     where gorun was started; paths of the command line
//	store.go      the store of executables, and how they are built
//	start.go      starts with which nothing changed: wired to startcache
//	program.go    from an executable to the process that `go run` would start
//	hooks.go      the commands of the hooks
//	generate.go   //go:generate directives as a step before a build
//	events.go     who hears of events
//	browser.go    who serves browsers
//	requests.go   who asks a live gorun for something
//	roles.go      the parts in which gorun starts itself
package cli

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/term"

	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/internal/config"
	"github.com/gorun-dev/gorun/internal/console"
	"github.com/gorun-dev/gorun/internal/environ"
	"github.com/gorun-dev/gorun/internal/flags"
	"github.com/gorun-dev/gorun/internal/goflags"
	"github.com/gorun-dev/gorun/internal/runfiles"
	"github.com/gorun-dev/gorun/internal/self"
	"github.com/gorun-dev/gorun/internal/workdir"
)

// Exit statuses of gorun's own; any other is the program's.
const (
	statusFailed = 1 // a build failed, or gorun could not do its work
	statusUsage  = 2

	statusInterrupted = 130 // of -tell, -new and -init: the user does not wait for the answer
)

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
	case errors.As(err, &usage) &&
		(goflags.OfAnotherGo(usage.Unknown) || c.line.Chdir != "" && !workdir.IsThere(c.line.Chdir)):
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
	case c.flags.Help:
		flags.PrintHelp(os.Stdout)
		return 0
	case c.flags.Version:
		self.PrintVersion(os.Stdout)
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
	flags flags.Flags
	line  goflags.Line
	args  []string // the command line, without gorun's name
	env   []string // the environment that gorun was started with
	dir   string   // the directory that builds and programs start in: -C applied
	pwd   string   // the directory that gorun was started in, as the user spells it
	goCmd string
	con   *console.Console

	profile       string       // of gorun.toml; "" if it has none
	file          *config.File // gorun.toml; nil if there is none
	filePath      string
	settingsFiles runfiles.Settings
	chosen        *programChoice // with -programs: which of them this is; nil for gorun's own command line

	streams runfiles.Streams // of -env, read when gorun was started

	listeners *exec.Listeners // what the program is given

	settings
}

// parse reads the command line, with GORUNFLAGS before it, and before that what a
// file says.
func parse(args, env []string, file ...goflags.Defaults) (*command, error) {
	c := &command{args: args, env: env, flags: flags.Default()}
	defaults := append(file, goflags.Defaults{Variable: "GORUNFLAGS", Value: c.getenv("GORUNFLAGS")})
	var err error
	if c.line, err = goflags.Split(args, c.flags.Register, defaults...); err != nil {
		return c, err
	}
	if c.flags.Debug.On {
		goFlags, _ := goflags.ParseEnv(c.getenv("GOFLAGS")) // its faults are the go command's to tell
		c.line = c.flags.Debug.BuildFlags(c.line, goFlags)
	}
	c.line = c.line.WithGOFLAGS(c.getenv("GOFLAGS"))
	if c.flags.Help || c.flags.Version {
		return c, nil
	}
	if name := c.flags.NeedsLive(); name != "" && c.line.Versioned {
		return c, fmt.Errorf("-%s needs gorun beside the program; with package@version it becomes the program", name)
	}
	return c, c.flags.Check()
}

// run does what the command line asks for, in the mode that it chooses.
func (c *command) run() (int, error) {
	if c.flags.Clean {
		return c.clean()
	}
	if err := c.locate(); err != nil {
		return 0, err
	}
	if c.flags.Quiet {
		c.con.Quiet()
	}
	if c.flags.New != "" {
		return c.newProject()
	}
	if c.flags.Tell.Do != "" {
		return c.tell()
	}
	if c.flags.Init {
		return c.writeSettings()
	}
	if err := c.configure(); err != nil {
		return statusUsage, err
	}
	if c.flags.Quiet { // in gorun.toml
		c.con.Quiet()
	}
	if c.flags.Programs.Given {
		return c.runPrograms()
	}
	if err := c.flags.Debug.Check(c.line.Exec, c.getenv); err != nil {
		return 0, err
	}
	if c.line.Bool("n") {
		return c.becomeGoRun() // which prints what it would do
	}
	if !workdir.IsThere(c.dir) && !c.flags.Watch {
		return c.becomeGoRun() // which says so
	}
	if status, done, err := c.inspect(); done {
		return status, err
	}
	var err error
	if c.listeners, err = exec.Listen(c.flags.Listen); err != nil {
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
	case c.flags.Once, c.line.Versioned, goflags.UnderGenerate(c.getenv):
		return true // under go generate also with a GORUNFLAGS that is meant for people
	case c.flags.Watch, c.flags.NeedsLive() != "":
		return false
	}
	return c.getenv("CI") == "true"
}

func (c *command) getenv(name string) string { return environ.Get(c.env, name) }
