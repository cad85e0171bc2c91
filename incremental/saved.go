package incremental

// What outlives a gorun, so that the next one need not begin anew: the session of the direct way
// (direct.Session.Save), and the record that says what the program is (package startcache).
//
// Both are written as soon as nothing else is to be done after a build, before it is verified: who ends
// gorun right after a save and starts it again gets the same program at once. What is not verified yet, or
// does not have the very lines of go run's, may only start under a gorun that stays, which has it verified.
//
// A session is restored when the graph is there: the graph is what the go command says now of packages and
// files, and no save is noticed before. The graph's listing, the go command's settings, and the C
// compiler are hashed; a session that was saved under another hash is of no use.
//
// Rejected: a session for each state of the files. A switch between two branches would find its own, but each
// holds the texts and some archives of the program.

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/incremental/archive"
	"github.com/gorun-dev/gorun/incremental/direct"
	"github.com/gorun-dev/gorun/internal/environ"
	"github.com/gorun-dev/gorun/internal/privatedir"
	"github.com/gorun-dev/gorun/internal/stamp"
)

// A Recording is what a record is to say: that the executable is what the go command makes of the files. The
// zero Recording is that there must be no record.
type Recording struct {
	Exe   *Executable
	Files map[string]stamp.Stamp // with the contents that it was built from
	Exact bool                   // the go command has made this very executable

	// Of what is Exact, and has shown to be what the files make: what decides the build, so that a record can be
	// made that there was not.
	Listing    depgraph.ListingInputs
	OtherFiles []string // of packages that are not watched
	Uncached   depgraph.Uncached
	Cgo        string // a package that is built by cgo; "" if there is none
	Printed    bool   // the go command said something
}

// savedName is the directory of saved sessions in gorun's cache directory.
const savedName = "session"

// savedFor is how long a session is kept that nobody uses.
const savedFor = 14 * 24 * time.Hour

// CleanSaved removes all saved sessions.
func (s *Store) CleanSaved() error { return os.RemoveAll(filepath.Join(s.cache, savedName)) }

// restored is a session of an earlier gorun, until the program that it knows was seen.
type restored struct {
	session *direct.Session
	program direct.Program
}

// Restore restores the session of an earlier gorun for a graph, if there is one and none is prepared. It may
// be called from any goroutine.
func (b *Builder) Restore(g *depgraph.Graph) {
	if g == nil || g.Stale() || g.Main() == nil || b.directState().phase != notPrepared {
		return
	}
	start := time.Now()
	session, program, err := b.restore(g)
	if err != nil {
		b.cfg.Debug("no session of an earlier gorun: %v", err)
		return
	}
	b.stateMu.Lock()
	defer b.stateMu.Unlock()
	if b.state.phase != notPrepared {
		return
	}
	b.state = b.state.ready(session)
	if session.Behind() {
		b.state = b.state.outgrown()
	}
	b.restored = &restored{session, program}
	with := ""
	if session.Named() {
		with = ", with the named set"
	}
	b.cfg.Debug("the direct way of an earlier gorun is restored: %d packages in %v%s",
		session.Len(), time.Since(start).Round(time.Millisecond), with)
}

func (b *Builder) restore(g *depgraph.Graph) (*direct.Session, direct.Program, error) {
	dir, unlock, err := b.savedDir(false)
	if err != nil {
		return nil, direct.Program{}, err
	}
	defer unlock()
	if err := b.makeScratch(); err != nil {
		return nil, direct.Program{}, err
	}
	setup, err := b.setup(g)
	if err != nil {
		return nil, direct.Program{}, err
	}
	return direct.Restore(setup, dir)
}

// savedDir returns the directory of the saved session, locked. It is made only where that is asked for. Nobody
// else can have written what is in it.
func (b *Builder) savedDir(create bool) (dir string, unlock func(), err error) {
	b.scratchMu.Lock()
	name, cache := b.cfg.SaveAs, b.cfg.Store.cache
	b.scratchMu.Unlock()
	if name == "" {
		return "", nil, errors.New("none is saved")
	}
	below := filepath.Join(savedName, name)
	dir = filepath.Join(cache, below)
	if create {
		err = privatedir.Make(cache, below)
	} else {
		err = privatedir.Check(cache, below)
	}
	if err != nil {
		return "", nil, errors.New("none is saved")
	}
	lock := flock.New(filepath.Join(dir, "lock"), flock.SetPermissions(0o600))
	if ok, err := lock.TryLock(); err != nil || !ok {
		return "", nil, cmp.Or(err, errors.New("another gorun uses it"))
	}
	return dir, func() { lock.Close() }, nil
}

// recognize knows what runs by the restored session, if that is what it describes.
func (b *Builder) recognize(running *Executable) {
	b.stateMu.Lock()
	r := b.restored
	b.restored = nil
	current := r != nil && b.state.session == r.session
	b.stateMu.Unlock()
	p := r.programOf(running)
	if !current || p == nil {
		return
	}
	if p.Outcome != nil {
		if err := r.session.Adopt(p.Outcome, running.Path); err != nil {
			b.cfg.Debug("%v", err)
			return
		}
	}
	running.key, running.outcome, running.verified = p.Key, p.Outcome, p.Verified
	b.saved = mark{r.session, r.session.Builds(), running.outcome == nil || running.verified}
}

// programOf returns what is known of an executable, or nil.
func (r *restored) programOf(running *Executable) *direct.Program {
	if r == nil || running == nil || running.outcome != nil || running.Entry() == "" ||
		running.Entry() != r.program.Entry {
		return nil
	}
	return &r.program
}

// A mark says what has been saved last, so that it is not saved again.
type mark struct {
	session  *direct.Session
	builds   int  // that the session has done
	verified bool // the go command has made the program, or the same
}

// save writes down what the next gorun needs to go on from here: from exe, which is made of the files that the
// graph describes, directly where it has an outcome, and else by the go command. running is what runs, which is
// the same program.
func (b *Builder) save(g *depgraph.Graph, running, exe *Executable) {
	session := b.directState().session
	if session == nil || b.cfg.SaveAs == "" {
		return
	}
	now := mark{session, session.Builds(), exe.outcome == nil || exe.verified}
	if last := b.saved; last.session == session && last.builds == now.builds && (last.verified || !now.verified) {
		return
	}
	// What the files were when it was built is what they are: else the next build is saved.
	if c := depgraph.Classify(g, nil); c.Kind > depgraph.None || g.Update(c).ExcludedChanged() {
		return
	}
	if d, err := b.decisive(g); err != nil || d != session.Decisive() {
		b.cfg.Debug("the session is not saved: something else decides the build now (%v)", err)
		return
	}
	if what := session.OtherFilesChanged(); what != "" {
		b.cfg.Debug("the session is not saved: %s", what)
		return
	}
	start := time.Now()
	var program direct.Program
	switch out := exe.outcome; {
	case out != nil && !out.Of(session): // another session has built it: the record says what it said
	case !b.record(g, session, running, exe):
	case out != nil:
		program = out.Program(exe.Entry(), exe.verified)
	default:
		program = direct.Program{Entry: exe.Entry(), Key: exe.key}
	}
	dir, unlock, err := b.savedDir(true)
	if err == nil {
		defer unlock()
		err = session.Save(dir, program)
		used := time.Now()
		_ = os.Chtimes(dir, used, used)
	}
	if err != nil {
		b.cfg.Debug("the session is not saved: %v", err)
		return
	}
	b.saved = now
	b.cfg.Debug("the session is saved in %v", time.Since(start).Round(time.Millisecond))
	b.removeOldSessions()
}

// record has a record say what the program is, and reports whether it does.
func (b *Builder) record(g *depgraph.Graph, session *direct.Session, running, exe *Executable) bool {
	if b.cfg.Record == nil {
		return false
	}
	r := Recording{Exe: exe, Files: session.Stamps()}
	if exe.outcome == nil {
		r.Exact, r.Printed, r.OtherFiles, r.Cgo = true, exe.printed, session.OtherFiles(), session.Cgo()
		r.Uncached = g.Uncached()
		var err error
		if r.Listing, err = g.ListingInputs(); err != nil {
			return false
		}
	}
	last := b.recorded
	own := exe == last || !exe.shared.Swap(true) // or else an earlier gorun's, which may be in use elsewhere
	if !b.cfg.Record(r, running) {
		if own && exe != last {
			exe.shared.Store(false)
		}
		return false
	}
	if last != nil && last != exe {
		last.unshare()
	}
	b.recorded = nil
	if own {
		b.recorded = exe
	}
	return true
}

// forget removes the saved session and the record, which must not be used again: what was built is wrong.
func (b *Builder) forget() {
	if b.cfg.Record != nil {
		b.cfg.Record(Recording{}, nil)
	}
	if b.recorded != nil {
		b.recorded.unshare()
		b.recorded = nil
	}
	if b.cfg.SaveAs == "" {
		return
	}
	if dir, unlock, err := b.savedDir(false); err == nil {
		os.RemoveAll(dir)
		unlock()
	}
}

// removeOldSessions removes sessions that were not used for long.
func (b *Builder) removeOldSessions() {
	dir := filepath.Join(b.cfg.Store.cache, savedName)
	for _, d := range list(dir) {
		if info, err := d.Info(); err == nil && time.Since(info.ModTime()) > savedFor {
			os.RemoveAll(filepath.Join(dir, d.Name()))
		}
	}
}

// decisive hashes what decides the recipe, but for what a session compares by itself: the files of its packages,
// those of all others, the tools, and which names there are in directories.
func (b *Builder) decisive(g *depgraph.Graph) (archive.Sum, error) {
	d, err := g.ListingInputs()
	if err != nil {
		return archive.Sum{}, err
	}
	h := sha256.New()
	own := make(map[string]bool)
	for _, id := range g.Packages() {
		// Which of them are in the build is in the listing, and their contents are compared elsewhere.
		for _, f := range g.Package(id).Files {
			own[f.Path] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.GoEnv)) {
		// The one names the work directory of that go command, the other gorun's own.
		if name != "GOGCCFLAGS" && name != "GOTMPDIR" {
			fmt.Fprintf(h, "env %s=%q\n", name, d.GoEnv[name])
		}
	}
	for _, f := range slices.Sorted(maps.Keys(d.Files)) {
		if s := d.Files[f]; !own[f] {
			fmt.Fprintf(h, "file %q %d %x\n", f, s.State, s.Sum)
		}
	}
	for _, l := range slices.Sorted(maps.Keys(d.Links)) {
		fmt.Fprintf(h, "link %q %q\n", l, d.Links[l])
	}
	fmt.Fprintf(h, "sources %q\nembeds %q\nplain %q\n", d.Sources, d.Embeds, slices.Sorted(slices.Values(d.Plain)))
	for _, p := range slices.Sorted(slices.Values(d.Probes)) {
		fmt.Fprintf(h, "probe %q %d\n", p, stamp.Stat(p).State)
	}
	for _, name := range []string{"VERSION", "go.env"} {
		hashFile(h, filepath.Join(d.GoEnv["GOROOT"], name))
	}
	fmt.Fprintf(h, "go %v\n", stamp.Stat(b.cfg.Go))
	for _, name := range []string{"CC", "CXX", "FC", "AR", "PKG_CONFIG"} {
		hashCommand(h, d.GoEnv[name], environ.Get(b.cfg.Env, "PATH"))
	}
	for _, p := range g.Uncached().Packages {
		fmt.Fprintf(h, "elsewhere %q %s\n", p.Source, sumOf(p.Files))
	}
	return archive.Sum(h.Sum(nil)), nil
}

func hashFile(h hash.Hash, path string) {
	f, err := os.Open(path)
	if err != nil {
		fmt.Fprintf(h, "%q is not there\n", path)
		return
	}
	defer f.Close()
	n, err := io.Copy(h, f)
	fmt.Fprintf(h, "\n%q %d %v\n", path, n, err)
}

// hashCommand hashes which files a command can be, all of PATH, as the first may be a wrapper of the next.
func hashCommand(h hash.Hash, command, path string) {
	for _, word := range strings.Fields(command) {
		word = strings.Trim(word, `"'`)
		if strings.HasPrefix(word, "-") {
			continue
		}
		for _, dir := range filepath.SplitList(path) {
			if m := stamp.Stat(filepath.Join(dir, word)); m.Exists() {
				fmt.Fprintf(h, "command %q %q %v\n", dir, word, m)
			}
		}
		if filepath.IsAbs(word) {
			fmt.Fprintf(h, "command %q %v\n", word, stamp.Stat(word))
		}
	}
}
