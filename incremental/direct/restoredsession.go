package direct

import (
	"bytes"
	"crypto/sha256"
	"encoding/gob"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gorun-dev/gorun/incremental/archive"
	"github.com/gorun-dev/gorun/incremental/edit"
	"github.com/gorun-dev/gorun/internal/stamp"
)

// How a Session that was saved (savedsession.go) is restored, and what has to hold for that.

func restoreSources(m map[string]savedSource) map[string]source {
	s := make(map[string]source, len(m))
	for f, v := range m {
		s[f] = source{v.Stamp, v.Embedded}
	}
	return s
}

func readSaved(file string) (*savedSession, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, errors.New("none is saved")
	}
	rest, ok := bytes.CutPrefix(b, []byte(savedFormat))
	if !ok || len(rest) < sha256.Size {
		return nil, errors.New("what is saved is of another gorun")
	}
	sum, body := rest[:sha256.Size], rest[sha256.Size:]
	if got := sha256.Sum256(body); !bytes.Equal(got[:], sum) {
		return nil, errors.New("what is saved is damaged")
	}
	s := new(savedSession)
	if err := gob.NewDecoder(bytes.NewReader(body)).Decode(s); err != nil || s.Recipe == nil {
		return nil, errors.New("what is saved is damaged")
	}
	return s, nil
}

// Restore returns the Session that was saved in a directory, if it holds for a setup and the files of now,
// and what is known of the program that ran then. The error says why there is none.
func Restore(setup Setup, dir string) (*Session, Program, error) {
	s, err := readSaved(filepath.Join(dir, savedFile))
	if err != nil {
		return nil, Program{}, err
	}
	switch {
	case !s.Request.same(setup.request()):
		return nil, Program{}, errors.New("something else decides the build now")
	case setup.profiled() != "":
		return nil, Program{}, errors.New(setup.profiled())
	case !maps.Equal(toolStamps(s.Recipe), s.Tools):
		return nil, Program{}, errors.New("the compiler or the linker was replaced")
	}
	in := &inputs{files: s.Inputs, names: s.Names, count: setup.Dirs}
	if c := in.changed(); c != (InputChange{}) {
		return nil, Program{}, errors.New(c.String())
	}
	vars := maps.Clone(s.Vars)
	delete(vars, "GOTMPDIR") // each gorun has its own
	d := &Session{
		setup: setup, timings: newTimings(), request: s.Request, vars: s.Vars, env: toolEnv(setup.Env, vars),
		headers: make(map[archive.Sum]edit.Header), layouts: make(map[[2]archive.Sum]edit.Layout),
		tools: s.Tools, inputs: in, results: NewResults(setup.Work, maxArchiveBytes),
		base: restoreSources(s.Base), files: restoreSources(s.Files),
		noNamedSet: s.NoNamedSet, cgo: s.Cgo, flaggedOther: s.FlaggedOther, archives: s.Archives,
		state: &State{Recipe: s.Recipe, Cached: s.Cached, Imported: s.Imported},
	}
	if d.setup.Debug == nil {
		d.setup.Debug = func(string, ...any) {}
	}
	d.setup.Exact, d.setup.Named, d.setup.Prev, d.setup.Plain = s.Exact, s.Named, nil, nil
	if s.Named {
		d.setup.Flags = append(slices.Clone(setup.Flags), NamedFlag)
	}
	if err := d.restoreTexts(filepath.Join(dir, savedTexts)); err != nil {
		return nil, Program{}, err
	}
	if err := d.restoreArchives(s, filepath.Join(dir, savedOwn)); err != nil {
		return nil, Program{}, err
	}
	if err := d.holdsForFiles(); err != nil {
		return nil, Program{}, err
	}
	if o := s.Program.Outcome; o != nil {
		o.session, o.link = d, s.Program.Link
		if o.link == nil {
			s.Program = Program{}
		}
	}
	d.unproved = d.proveArchives()
	return d, s.Program, nil
}

// restoreTexts gives the Session all texts that it needs from a directory.
func (d *Session) restoreTexts(dir string) (err error) {
	if d.texts, err = newTexts(filepath.Join(d.setup.Work, "texts")); err != nil {
		return err
	}
	needed := make(map[archive.Sum]bool)
	for f, s := range d.base {
		needed[s.sum()] = needed[s.sum()] || strings.HasSuffix(f, ".go") && !s.embedded
		if s := d.files[f]; !s.embedded {
			needed[s.sum()] = true
		}
	}
	for sum, text := range needed {
		if !text {
			continue
		}
		if err := share(filepath.Join(dir, hex.EncodeToString(sum[:])), d.texts.path(sum)); err != nil {
			return errors.New("a text is gone")
		}
		d.texts.have[sum] = true
	}
	list, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range list { // those that importers were compiled from: where one is gone there is no twin
		b, err := hex.DecodeString(e.Name())
		if err != nil || len(b) != len(archive.Sum{}) || d.texts.have[archive.Sum(b)] {
			continue
		}
		if share(filepath.Join(dir, e.Name()), d.texts.path(archive.Sum(b))) == nil {
			d.texts.have[archive.Sum(b)] = true
		}
	}
	return nil
}

// restoreArchives gives the Session the archives that were compiled directly from a directory.
func (d *Session) restoreArchives(s *savedSession, dir string) error {
	own := make(map[string]archive.Archive)
	restore := func(path string) (string, error) {
		if filepath.IsAbs(path) {
			return path, nil
		}
		to := filepath.Join(d.setup.Work, path)
		if _, ok := own[path]; ok {
			return to, nil
		}
		if filepath.Base(path) != path {
			return "", errors.New("an archive has no name")
		}
		if err := share(filepath.Join(dir, path), to); err != nil {
			return "", errors.New("an archive is gone")
		}
		a, err := archive.Read(to)
		if err != nil {
			return "", err
		}
		if now := stamp.Stat(to); now.Size != a.Size {
			return "", fmt.Errorf("archive %q is cut", path)
		}
		own[path] = a
		return to, nil
	}
	check := func(a *archive.Archive) (err error) {
		name := a.Path
		if a.Path, err = restore(name); err != nil {
			return err
		}
		if now, ok := own[name]; ok && now != *a {
			return fmt.Errorf("archive %q is not what it was", name)
		}
		return nil
	}
	for path, i := range d.state.Imported {
		if err := check(&i.Archive); err != nil {
			return err
		}
		d.state.Imported[path] = i
	}
	for k, b := range s.Built {
		name := b.Archive.Path
		if err := check(&b.Archive); err != nil {
			return err
		}
		d.results.put(k, b, !filepath.IsAbs(name))
		d.used = append(d.used, k)
	}
	if l := s.Program.Link; l != nil {
		for path, a := range l.Archives {
			name := a.Path
			var err error
			if a.Path, err = restore(name); err != nil {
				return err
			}
			if now, ok := own[name]; ok && a.Identity != string(now.Identity[:]) {
				return fmt.Errorf("archive %q is not what it was", name)
			}
			l.Archives[path] = a
		}
	}
	return nil
}

// holdsForFiles says why the Session is of no use for the files of now.
func (d *Session) holdsForFiles() error {
	files, err := d.readChanged()
	if err != nil {
		return err
	}
	changed := 0
	for _, p := range d.setup.Packages {
		if slices.ContainsFunc(slices.Concat(p.GoFiles, p.EmbedFiles), func(f string) bool {
			return files[f].Sum != d.files[f].Sum
		}) {
			changed++
		}
	}
	if changed > maxChangedPackages {
		return fmt.Errorf("%d packages have changed since", changed)
	}
	if why := d.recipeOutdated(files); why != "" {
		return errors.New(why)
	}
	d.files, d.behind = files, changed > 0
	return nil
}

// Behind reports whether packages had changed when the Session was restored. The go command may have compiled them,
// and their importers: a new Session would not do it again.
func (d *Session) Behind() bool { return d.behind }

// proveArchives begins to compare the archives in GOCACHE with what they were. The function that it
// returns waits for that, and says which one is not.
func (d *Session) proveArchives() func() string {
	doubtful := make(map[string]stamp.Meta)
	gone := ""
	check := func(path string) {
		if known, ok := d.archives[path]; !ok || known.State != stamp.File {
			gone = path
		} else if now := stamp.Stat(path); now != known {
			if doubtful[path] = now; now.State != stamp.File || now.Size != known.Size {
				gone = path
			}
		}
	}
	for _, path := range d.state.Cached {
		check(path)
	}
	for _, k := range d.used {
		if b, _ := d.results.Get(k); filepath.Dir(b.Archive.Path) != filepath.Clean(d.setup.Work) {
			check(b.Archive.Path)
		}
	}
	done := make(chan string, 1)
	go func() {
		for path := range doubtful {
			if gone == "" && !contentIsNamed(path) {
				gone = path
			}
		}
		done <- gone
	}()
	var answer *string
	return func() string {
		if answer == nil {
			path := <-done
			if path == "" {
				d.archives = maps.Clone(d.archives)
				maps.Copy(d.archives, doubtful)
			} else {
				path = fmt.Sprintf("archive %q is not what it was", path)
			}
			answer = &path
		}
		return *answer
	}
}

// contentIsNamed reports whether a file of GOCACHE is named after its content, as the go command names it.
func contentIsNamed(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return false
	}
	return filepath.Base(path) == hex.EncodeToString(h.Sum(nil))+"-d"
}

// Adopt gives the Session the executable of a build of an earlier gorun.
func (d *Session) Adopt(o *Outcome, path string) error {
	dir, err := os.MkdirTemp(d.setup.Work, "link")
	if err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(dir, "exe"), 0o700); err != nil {
		return err
	}
	exe := filepath.Join(dir, "exe", filepath.Base(path))
	if err := share(path, exe); err != nil {
		return err
	}
	d.exes = append(d.exes, executable{o.Key, exe, o.Ahead})
	return nil
}
