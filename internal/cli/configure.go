package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/internal/config"
	"github.com/gorun-dev/gorun/internal/goflags"
	"github.com/gorun-dev/gorun/internal/live"
	"github.com/gorun-dev/gorun/internal/runfiles"
)

// gorun.toml: which flags are keys in it, and what stands before what. The command
// line wins over GORUNFLAGS, that over the profile, that over the top of the file:
// what is nearer to the one start wins, as the environment does over files with
// most tools. Flags that may be given several times add up in the reverse order.

// notKeys are gorun's flags that ask for something else than a run, or choose from
// the file.
var notKeys = []string{"h", "version", "why", "clean", "profile", "slices", "graph", "against", "tell"}

// pathFlags are the flags whose value names files, gorun's and the go command's.
var pathFlags = map[string]config.Path{
	"env": config.FilePath, "include": config.GlobPath, "exclude": config.GlobPath, "events": config.WordPath,
	"modfile": config.FilePath, "overlay": config.FilePath, "pgo": config.WordPath,
}

// inHooks are the flags that stand in [hooks].
var inHooks = []string{"before-build", "before-start", "after-ready", "after-stop", "on-fail", "hook-timeout"}

// liveFlags are of no use once gorun is the program.
var liveFlags = []string{"events", "generate", "ready", "restart", live.AfterReady, live.AfterStop}

// keys lists what may stand in gorun.toml: it is made of the flags themselves, so
// that none is forgotten.
func keys() []config.Key {
	var list []config.Key
	ownFlags().VisitAll(func(f *flag.Flag) {
		if slices.Contains(notKeys, f.Name) {
			return
		}
		list = append(list, config.Key{
			Name: f.Name, Type: typeOf(f.Value), Hook: slices.Contains(inHooks, f.Name), Path: pathFlags[f.Name],
			Check: func(text string) error { return checkOwn(f.Name, text) },
		})
	})
	for _, f := range goflags.Flags() {
		k := config.Key{Name: f.Name, Go: true, Path: pathFlags[f.Name], Check: f.Check}
		switch {
		case f.Bool:
			k.Type = config.Bool
		case f.Name == "p":
			k.Type = config.Integer
		case f.Name == "tags":
			k.Type = config.Tags
		case f.Name == "exec", f.Name == "toolexec":
			k.Type = config.Command
		}
		list = append(list, k)
	}
	return list
}

func ownFlags() *flag.FlagSet {
	fs := flag.NewFlagSet("gorun", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	new(flags).register(fs)
	return fs
}

// typeOf says what a flag's key takes. The flag package's own types tell it by
// flag.Getter, gorun's by a method.
func typeOf(v flag.Value) config.Type {
	if v, ok := v.(interface{ IsBoolFlag() bool }); ok && v.IsBoolFlag() {
		return config.Bool
	}
	switch v := v.(type) {
	case interface{ Repeated() bool }:
		return config.Repeated
	case interface{ Command() bool }:
		return config.Command
	case flag.Getter:
		switch v.Get().(type) {
		case time.Duration:
			return config.Duration
		case int, int64, uint, uint64:
			return config.Integer
		}
	}
	return config.Text
}

// checkOwn says what gorun has against the value of one of its flags.
func checkOwn(name, text string) error {
	fs := flag.NewFlagSet("gorun", flag.ContinueOnError)
	f := new(flags)
	f.register(fs)
	if err := fs.Set(name, text); err != nil {
		return err
	}
	if err := f.check(); err != nil {
		return errors.New(err.Error()[strings.LastIndex(err.Error(), ": ")+len(": "):])
	}
	return nil
}

// configure reads gorun.toml, if there is one, and with it the command line again.
func (c *command) configure() error {
	if c.line.Versioned {
		if c.flags.profile != "" {
			return errors.New("-profile is for packages of this module: gorun.toml does not count for package@version")
		}
		return nil
	}
	c.settingsFiles = config.Candidates(c.dir, c.getenv)
	for _, file := range c.settingsFiles {
		f, err := config.Load(file, c.relative(file), keys())
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return err
		}
		return c.settle(f, file)
	}
	if c.flags.profile != "" {
		return fmt.Errorf("there is no profile %q: there is no %s", c.flags.profile, config.Name)
	}
	return nil
}

// settle reads the command line again, with what the file says before it.
func (c *command) settle(file *config.File, path string) error {
	s, err := file.Settings(c.flags.profile)
	if err != nil {
		return err
	}
	words := slices.DeleteFunc(s.Flags, func(word string) bool {
		if name, _, _ := strings.Cut(strings.TrimPrefix(word, "-"), "="); c.flags.once && slices.Contains(liveFlags, name) {
			return true // on the command line it is an error
		}
		switch word {
		// What the user asks for this once, or the place does.
		case "-watch=true":
			return c.flags.once || c.getenv("CI") == "true" || c.underGenerate()
		case "-once=true":
			return c.flags.watch
		}
		return false
	})
	again, err := parse(c.args, c.env, goflags.Defaults{File: c.relative(path), Words: words})
	if err != nil {
		return fmt.Errorf("%s: %w", c.relative(path), err)
	}
	profile := c.flags.profile
	c.flags, c.line, c.profile = again.flags, again.line, s.Profile
	c.flags.profile = profile
	if len(c.line.Args) == 0 && s.HasArgs {
		c.line.Args = s.Args
	}
	return nil
}

// reconfigured is this command line with gorun.toml as it is now, under another
// profile if one is named.
func (c *command) reconfigured(profile string) (*command, error) {
	next, err := parse(c.args, c.env)
	if err != nil {
		return nil, err
	}
	next.con, next.dir, next.goCmd = c.con, c.dir, c.goCmd
	next.listeners = c.listeners
	next.flags.profile = c.flags.profile
	if profile != "" {
		next.flags.profile = profile
	}
	if err := next.configure(); err != nil {
		return nil, err
	}
	return next, nil
}

// beside returns the files that matter beside the build.
func (c *command) beside() *runfiles.Files {
	o := runfiles.Options{Settings: c.settingsFiles, Environ: c.env, Dir: c.dir, Fail: c.con.Fail}
	for _, file := range c.flags.env {
		o.Env = append(o.Env, c.absolute(file))
	}
	for _, text := range c.flags.include.repeated {
		o.Include = append(o.Include, runfiles.NewGlob(text, c.dir))
	}
	for _, text := range c.flags.exclude.repeated {
		o.Exclude = append(o.Exclude, runfiles.NewGlob(text, c.dir))
	}
	return runfiles.New(o)
}

// excluded reports of a path whether -exclude names it; nil if that names none.
func (c *command) excluded() func(path string) bool {
	if len(c.flags.exclude.repeated) == 0 {
		return nil
	}
	var globs []runfiles.Glob
	for _, text := range c.flags.exclude.repeated {
		globs = append(globs, runfiles.NewGlob(text, c.dir))
	}
	return func(path string) bool {
		return slices.ContainsFunc(globs, func(g runfiles.Glob) bool { return g.Match(path) })
	}
}

func (c *command) absolute(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(c.dir, path)
}

// relative is a path as it is printed.
func (c *command) relative(path string) string {
	if rel, err := filepath.Rel(c.dir, path); err == nil && len(rel) < len(path) {
		return rel
	}
	return path
}
