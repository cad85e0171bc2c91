package cli

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/console"
	"github.com/gorun-dev/gorun/internal/gocmd"
	"github.com/gorun-dev/gorun/internal/goflags"
	"github.com/gorun-dev/gorun/internal/procgroup"
	"github.com/gorun-dev/gorun/internal/start"
)

// recordRole is the hidden first argument that makes gorun the recorder of the
// start whose command line follows.
const recordRole = "gorun:record"

// The recorder's descriptors.
const (
	recordGo   = 3 // where it is told that the build is done: "<entry>\n"; nothing means that there is nothing to record
	recordLock = 4 // the claim, held until there is a record
)

// recordLimit bounds the recorder's life. It lists the program twice and has the
// go command look through its cache: seconds, on a machine that is busy with
// something else a minute.
const recordLimit = 5 * time.Minute

// A starter is what a run of gorun has to do with records. A nil starter is that of
// a run of which nothing is recorded.
type starter struct {
	c     *command
	book  *start.Book
	key   start.Key
	claim *start.Claim

	pipe *os.File // to the recorder
	let  func()   // lets it go
}

// starter returns what this command line has to do with records.
func (c *command) starter(cache string, store *incremental.Store) *starter {
	debug := c.con.Debug("plan")
	if c.getenv("GORUNCACHE") == cacheOff {
		debug("start: GORUNCACHE=off")
		return nil
	}
	flags, err := goflags.ParseEnv(c.getenv("GOFLAGS"))
	if err != nil {
		return nil // the go command will say so
	}
	if why := start.Refuse(slices.Concat(flags, c.line.Build), c.line.Packages, c.line.Versioned, c.getenv); why != "" {
		debug("start: not recorded: %s", why)
		return nil
	}
	s := start.Start{Self: c.self, Go: c.goCmd, Dir: c.dir, Flags: c.line.Build, Patterns: c.line.Packages, Env: c.env}
	if c.line.Versioned {
		s.Dir = ""
	}
	return &starter{c: c, book: start.OpenBook(cache, store), key: s.Key()}
}

// find returns an executable that needs no build, nil if there is none. Where
// there is none it claims the build; another gorun that builds the same is waited
// for.
func (s *starter) find() *incremental.Executable {
	if s == nil {
		return nil
	}
	debug := s.c.con.Debug("plan")
	for try := 1; ; try++ {
		found := s.book.Find(s.key)
		if found.Exe != nil {
			s.drop()
			debug("start: nothing changed")
			found.Exe.Dir = s.c.dir
			found.Exe.Plain = true
			found.Exe.Use()
			return found.Exe
		}
		debug("start: %s", found.Why)
		if found.Refused || try == 2 {
			return nil
		}
		var err error
		if s.claim, err = s.book.Claim(context.Background(), s.key); err != nil {
			debug("start: %v", err)
			return nil
		}
		// Whoever had the claim before may have made the record.
	}
}

// drop gives up a claim that there is no use for.
func (s *starter) drop() {
	s.claim.Close()
	s.claim = nil
}

// begin starts the recorder, which waits for the end of the build. It is started
// now because a build leaves processors idle, and later there is nothing to wait
// for.
func (s *starter) begin() {
	if s == nil || s.claim == nil {
		return
	}
	r, w, err := os.Pipe()
	if err != nil {
		s.drop()
		return
	}
	defer r.Close()
	args := append([]string{recordRole}, s.c.args...)
	if s.let, err = procgroup.Detach(s.c.self, args, r, s.claim.File); err != nil {
		s.c.con.Debug("plan")("start: no recorder: %v", err)
		w.Close()
		s.drop()
		return
	}
	s.pipe = w
}

// built tells the recorder that the build is done, and which entry of the store
// has its executable, if that may stay there. It is called last before this process
// becomes the program, or where that does not matter.
func (s *starter) built(entry string) {
	if s == nil || s.pipe == nil {
		return
	}
	_, _ = fmt.Fprintln(s.pipe, entry) // a recorder that has died records nothing
	s.forget()
}

// forget leaves the recorder to itself, which ends if it was told nothing.
func (s *starter) forget() {
	if s == nil || s.pipe == nil {
		return
	}
	s.pipe.Close()
	s.pipe = nil
	s.let()
	s.drop()
}

// recording reports whether a recorder has been started, which also trims the
// store.
func (s *starter) recording() bool { return s != nil && s.pipe != nil }

// record is the recorder's whole life.
func record(args []string) (status int) {
	told, lock := os.NewFile(recordGo, "told"), os.NewFile(recordLock, "lock")
	if told == nil || lock == nil {
		return statusUsage
	}
	closeOnExec(recordGo)
	closeOnExec(recordLock)
	line, err := bufio.NewReader(told).ReadString('\n')
	told.Close()
	if err != nil {
		return 0 // the build failed, or was given up
	}
	con := console.New(os.Stderr, console.Options{})
	c, err := parse(args, os.Environ())
	if err != nil {
		return statusUsage
	}
	c.con = con
	if err := c.locate(); err != nil {
		return statusFailed
	}
	cache, store, err := c.openStore()
	if err != nil {
		return statusFailed
	}
	s := c.starter(cache, store)
	if s == nil {
		return statusFailed
	}
	ctx, cancel := context.WithTimeout(context.Background(), recordLimit)
	defer cancel()
	err = c.recorder(s, store).Record(ctx, strings.TrimSuffix(line, "\n"), func() { lock.Close() })
	_ = store.Trim()
	_ = s.book.Trim()
	if err != nil {
		con.Fail("%v", err) // to nobody, unless it is started by hand
		return statusFailed
	}
	return 0
}

func (c *command) recorder(s *starter, store *incremental.Store) *start.Recorder {
	return &start.Recorder{
		Book:      s.book,
		Key:       s.key,
		Versioned: c.line.Versioned,
		Flags:     c.line.Build,
		ListFlags: c.line.ListFlags(),
		Graph:     c.graphConfig(),
		Build:     c.buildConfig(store),
	}
}

// clean empties the cache.
func (c *command) clean() (int, error) {
	dir, err := cacheDir(c.getenv)
	if err != nil {
		return 0, err
	}
	if _, err := os.Stat(filepath.Join(dir, "exe")); os.IsNotExist(err) {
		return 0, nil
	}
	store, err := incremental.OpenStore(dir)
	if err != nil {
		return 0, err
	}
	if err := start.OpenBook(dir, store).Clean(); err != nil {
		return 0, fmt.Errorf("removing records: %w", err)
	}
	if err := store.Clean(); err != nil {
		return 0, fmt.Errorf("removing executables: %w", err)
	}
	return 0, nil
}

// locate finds the folder, the go command and gorun itself.
func (c *command) locate() error {
	var err error
	if c.dir, err = os.Getwd(); err != nil {
		return fmt.Errorf("finding the current folder: %w", err)
	}
	if pwd := c.getenv("PWD"); pwd != "" && sameFolder(pwd, c.dir) {
		c.dir = pwd // as the user spells it, symbolic links included
	}
	if c.line.Chdir != "" {
		if filepath.IsAbs(c.line.Chdir) {
			c.dir = c.line.Chdir
		} else {
			c.dir = filepath.Join(c.dir, c.line.Chdir)
		}
	}
	if c.goCmd, err = gocmd.Find(c.env); err != nil {
		return err
	}
	if c.self, err = os.Executable(); err != nil {
		return fmt.Errorf("finding gorun's own file: %w", err)
	}
	return nil
}
