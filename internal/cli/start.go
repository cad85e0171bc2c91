package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/console"
	"github.com/gorun-dev/gorun/internal/detached"
	"github.com/gorun-dev/gorun/internal/gocmd"
	"github.com/gorun-dev/gorun/internal/goflags"
	"github.com/gorun-dev/gorun/internal/priority"
	"github.com/gorun-dev/gorun/internal/self"
	"github.com/gorun-dev/gorun/internal/startcache"
)

// recorderArgument is the first argument of the recorder of a start. The entry of its
// executable follows, then its command line.
const recorderArgument = "gorun:record"

// recorderRole is the recorder of a start.
var recorderRole = self.Role{
	Name: "recorder", Argument: recorderArgument,
	Play: func(args []string) int { return record(args[2:]) },
}

// execRecordRole is the helper of -exec of a build that is to be recorded: it takes the
// executable and starts the recorder.
var execRecordRole = self.Role{
	Name: "exec+record", Argument: "gorun:take+record",
	Play: func(args []string) int {
		take(args[2:])
		return 0
	},
}

// recordLock is the recorder's descriptor of the claim, held until there is a record.
const recordLock = 3

// noEntry is the recorder's word for an executable that is not for it to keep.
const noEntry = "-"

// recordLimit bounds the recorder's life. It lists the program twice and has the
// go command look through its cache: seconds, on a machine that is busy with
// something else a minute.
const recordLimit = 5 * time.Minute

// A starter is what a run of gorun has to do with records. A nil starter is that of
// a run of which nothing is recorded.
type starter struct {
	c     *command
	book  *startcache.Book
	key   startcache.Key
	claim *startcache.Claim

	recorder *detached.Process // nil if there is none
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
	if why := startcache.Refuse(slices.Concat(flags, c.line.Build), c.line.Packages, c.line.Versioned, c.getenv); why != "" {
		debug("start: not recorded: %s", why)
		return nil
	}
	s := startcache.Start{Self: c.self, Go: c.goCmd, Dir: c.dir, Flags: c.line.Build, Patterns: c.line.Packages, Env: c.env}
	if c.line.Versioned {
		s.Dir = ""
	}
	return &starter{c: c, book: startcache.OpenBook(cache, store), key: s.Key()}
}

// find returns an executable that needs no build, nil if there is none. Where
// there is none it claims the build; another gorun that builds the same is waited
// for, if there is time.
func (s *starter) find(wait bool) *incremental.Executable {
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
		claim := s.book.TryClaim
		if wait {
			claim = func(k startcache.Key) (*startcache.Claim, error) { return s.book.Claim(context.Background(), k) }
		}
		if s.claim, err = claim(s.key); err != nil {
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

// begin has the helper of a build start a recorder. It is for a gorun that becomes
// the program.
func (s *starter) begin(build *incremental.Config) {
	if s == nil || s.claim == nil {
		return
	}
	d, err := detached.Prepare()
	if err != nil {
		s.told(err)
		s.drop()
		return
	}
	s.recorder = d
	build.Stdin, build.TakeRole = d.Stdin, execRecordRole.Argument
}

// take is the helper's part.
func take(args []string) {
	if incremental.Take(args) == nil {
		_ = detached.StartWaiting() // without it the next start builds
	}
}

// recorded is the recorder's command line: that of gorun with what GORUNFLAGS and
// gorun.toml add to it, as it must not find another one, and without the program's
// arguments, of which it has no use. The entry is that of the store which has the
// executable, noEntry if that may not stay there.
func (s *starter) recorded(entry string) []string {
	line := s.c.line
	line.Args = nil
	return append([]string{recorderArgument, entry}, line.GoRun()...)
}

// built lets the recorder begin, unless there is no entry, and reports whether it does.
func (s *starter) built(entry string) bool {
	if s == nil || s.recorder == nil {
		return false
	}
	begins := entry != ""
	if begins {
		s.told(s.claim.Built())
		err := s.recorder.Become(s.recorded(entry), s.claim.File)
		s.told(err)
		begins = err == nil
	}
	s.recorder.Close()
	s.recorder = nil
	s.drop()
	return begins
}

// record starts a recorder for what was built. It is for a gorun that stays, or ends.
func (s *starter) record() {
	if s == nil || s.claim == nil {
		return
	}
	s.told(s.claim.Built())
	s.told(detached.StartSurvivor(s.recorded(noEntry), s.claim.File))
	s.drop()
}

// told tells those who debug of an error, which only costs a record.
func (s *starter) told(err error) {
	if err != nil {
		s.c.con.Debug("plan")("start: recording: %v", err)
	}
}

// record is the recorder's whole life.
func record(args []string) (status int) {
	lock := os.NewFile(recordLock, "lock")
	if lock == nil || len(args) == 0 {
		return statusUsage
	}
	closeOnExec(recordLock)
	entry, args := args[0], args[1:]
	if entry == noEntry {
		entry = ""
	}
	if !startcache.Awaited(lock) {
		priority.StayIdle()
	}
	con := console.New(os.Stderr, console.Options{})
	c, err := parse(args, setenv(os.Environ(), "GORUNFLAGS", "")) // they are in args
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
	err = c.recorder(s, store).Record(ctx, entry, func() { lock.Close() })
	_ = store.Trim()
	_ = s.book.Trim()
	if err != nil {
		con.Fail("%v", err) // to nobody, unless it is started by hand
		return statusFailed
	}
	return 0
}

func (c *command) recorder(s *starter, store *incremental.Store) *startcache.Recorder {
	return &startcache.Recorder{
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
	if err := startcache.OpenBook(dir, store).Clean(); err != nil {
		return 0, fmt.Errorf("removing records: %w", err)
	}
	if err := store.Clean(); err != nil {
		return 0, fmt.Errorf("removing executables: %w", err)
	}
	return 0, nil
}

// locate finds the directory, the go command and gorun itself.
func (c *command) locate() error {
	var err error
	if c.dir, err = os.Getwd(); err != nil {
		return fmt.Errorf("finding the current directory: %w", err)
	}
	if pwd := c.getenv("PWD"); pwd != "" && sameDir(pwd, c.dir) {
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
