package cli

import (
	"errors"
	"os"

	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/cachedir"
	"github.com/gorun-dev/gorun/internal/console"
	"github.com/gorun-dev/gorun/internal/environ"
	"github.com/gorun-dev/gorun/internal/startcache"
)

// recordedStart returns what this command line has to do with records of starts, nil if
// nothing. live says that gorun stays.
func (c *command) recordedStart(cache string, store *incremental.Store, live bool) *startcache.Start {
	if c.getenv("GORUNCACHE") == cachedir.Off {
		c.con.Debug("plan")("start: GORUNCACHE=off")
		return nil
	}
	line := c.line
	line.Args = nil // the recorder does not run the program
	return startcache.Open(startcache.Config{
		CommandLine: startcache.CommandLine{
			Go: c.goCmd, Dir: c.dir, Flags: c.line.Build, Patterns: c.line.Packages, Env: c.env,
		},
		Versioned: c.line.Versioned,
		// The other engines promise not to use what is built directly, or not with a twin.
		Live:     live && incremental.Engine(c.flags.Engine) == incremental.EngineAuto,
		Getenv:   c.getenv,
		Cache:    cache,
		Store:    store,
		Recorder: line.GoRun(),
		NewRecorder: func(s *startcache.Start) *startcache.Recorder {
			return c.recorder(s, store)
		},
		Debug: c.con.Debug("plan"),
	})
}

var (
	recorderRole = startcache.RecorderRole(configureRecorder)
	makerRole    = startcache.MakerRole(configureRecorder)
)

// configureRecorder turns a recorder's command line into what is to be recorded.
// GORUNFLAGS and gorun.toml do not count: what they say is in the command line.
func configureRecorder(args []string) (*startcache.Recorder, error) {
	c, err := parse(args, environ.Without(os.Environ(), "GORUNFLAGS"))
	if err != nil {
		return nil, err
	}
	c.con = console.New(os.Stderr, console.Options{})
	if err := c.locate(); err != nil {
		return nil, err
	}
	cache, store, err := c.stores().Find()
	if err != nil {
		return nil, err
	}
	s := c.recordedStart(cache, store, false)
	if s == nil {
		return nil, errors.New("of this command line nothing is recorded")
	}
	return c.recorder(s, store), nil
}

// recorder returns what makes the record of a start of this command line.
func (c *command) recorder(s *startcache.Start, store *incremental.Store) *startcache.Recorder {
	return &startcache.Recorder{
		Index:     s.Index,
		Key:       s.Key,
		Versioned: c.line.Versioned,
		Flags:     c.line.Build,
		ListFlags: c.line.ListFlags(),
		Graph:     c.graphConfig(),
		Build:     c.buildConfig(store),
	}
}
