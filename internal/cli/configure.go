package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"

	"github.com/gorun-dev/gorun/internal/config"
	"github.com/gorun-dev/gorun/internal/flags"
	"github.com/gorun-dev/gorun/internal/goflags"
	"github.com/gorun-dev/gorun/internal/runfiles"
)

// gorun.toml: what stands before what. The command
// line wins over GORUNFLAGS, that over the profile, that over the top of the file:
// what is nearer to the one start wins, as the environment does over files with
// most tools. Flags that may be given several times add up in the reverse order.

// configure reads gorun.toml, if there is one, and with it the command line again.
func (c *command) configure() error {
	if c.line.Versioned {
		if c.flags.Profile != "" {
			return errors.New("-profile is for packages of this module: gorun.toml does not count for package@version")
		}
		return nil
	}
	candidates := config.Candidates(c.dir, c.getenv)
	c.settingsFiles = runfiles.InspectSettings(candidates)
	for _, file := range candidates {
		f, err := config.Load(file, c.relative(file), flags.Keys())
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return err
		}
		c.file, c.filePath = f, file
		if err := c.apply(f, file); err != nil {
			return err
		}
		return c.chosen.use(c)
	}
	if c.chosen != nil {
		c.line.Args = nil // all operands are packages
	}
	if err := c.chosen.use(c); err != nil {
		return err
	}
	if c.flags.Profile != "" {
		return fmt.Errorf("there is no profile %q: there is no %s", c.flags.Profile, config.Name)
	}
	return nil
}

// apply reads the command line again, with what the file says before it.
func (c *command) apply(file *config.File, path string) error {
	s, err := c.chosen.settings(file, c.flags.Profile)
	if err != nil {
		return err
	}
	words := c.flags.Overrule(s.Flags, c.getenv("CI") == "true" || goflags.UnderGenerate(c.getenv))
	again, err := parse(c.args, c.env, goflags.Defaults{File: c.relative(path), Words: words})
	if err != nil {
		return fmt.Errorf("%s: %w", c.relative(path), err)
	}
	profile := c.flags.Profile
	c.flags, c.line, c.profile = again.flags, again.line, s.Profile
	c.flags.Profile = profile
	if c.chosen != nil {
		c.line.Args = nil // all operands are packages
	}
	if len(c.line.Args) == 0 && s.HasArgs {
		c.line.Args = s.Args
	}
	return nil
}

// reconfigured is this command line with gorun.toml as it is now, under another
// profile if one is named, and the run files that follow from it.
func (c *command) reconfigured(profile string) (configured, error) {
	next, err := parse(c.args, c.env)
	if err != nil {
		return configured{}, err
	}
	next.con, next.dir, next.pwd, next.goCmd = c.con, c.dir, c.pwd, c.goCmd
	next.listeners, next.streams, next.chosen = c.listeners, c.streams, c.chosen
	next.flags.Profile = cmp.Or(profile, c.flags.Profile)
	if err := next.configure(); err != nil {
		return configured{}, err
	}
	files := next.runFiles()
	return configured{next, files}, files.Err()
}

// readStreams reads the environment files that can be read only once. It may have to wait
// for whoever writes one, so it comes before anything that must not wait, such as a signal
// of which gorun is told.
func (c *command) readStreams() { c.streams = runfiles.ReadStreams(c.envFiles(), c.relative) }

func (c *command) envFiles() []string {
	var files []string
	for _, file := range c.flags.Env {
		files = append(files, c.absolute(file))
	}
	return files
}

// runFiles returns the files that matter to the program and are not in its build.
func (c *command) runFiles() *runfiles.Files {
	o := runfiles.Options{
		Settings: c.settingsFiles, Env: c.envFiles(), Streams: c.streams,
		Environ: c.env, Dir: c.dir, Fail: c.con.Fail,
	}
	o.Include, o.Exclude = runfiles.NewGlobs(c.flags.Include, c.dir), runfiles.NewGlobs(c.flags.Exclude, c.dir)
	return runfiles.New(o)
}

// excluded reports of a path whether -exclude names it, or gorun writes it as -events asks; nil
// if there is no such file.
func (c *command) excluded() func(path string) bool {
	globs, events := runfiles.NewGlobs(c.flags.Exclude, c.dir), c.eventsFile()
	if globs == nil && events == "" {
		return nil
	}
	return func(path string) bool { return path == events || globs.Match(path) }
}
