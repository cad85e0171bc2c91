package direct

import (
	"bytes"
	"crypto/sha256"
	"encoding/gob"
	"encoding/hex"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/gorun-dev/gorun/incremental/archive"
	"github.com/gorun-dev/gorun/incremental/recipe"
	"github.com/gorun-dev/gorun/internal/stamp"
)

// A Session outlives its gorun as a directory: what the recipe is, what it was read under, and what has
// been built by it. The next gorun restores it and builds directly from the first save on.
//
//	session        savedFormat, the SHA-256 of what follows, then a savedSession
//	archives/KEY.a archives that were compiled directly
//	texts/SUM      contents of Go files
//
// A restored Session may be used only where everything is as it was that decided what the go command has
// printed. The caller's part of that is Setup.Decisive. The rest is compared in restoredsession.go: the request, the
// packages and their files, the tools, all files of other packages, and the listings of directories. The
// files of the packages themselves may differ, as they may between two builds of one Session: each build
// compares them, and their headers.
//
// Archives in GOCACHE are files of others. Its name is the hash of such a file's content
// (cmd/go/internal/cache). One whose metadata has changed, as the go command's trimming changes it, is read
// and hashed while the first build goes on; that build counts only if all are right.
//
// Rejected: to read the recipe again at each start, which takes seconds, in which the first save comes; and
// JSON, which takes five times as long for the stamps of 6,000 files.

const (
	savedFormat = "gorun session 1\n"
	savedFile   = "session"
	savedTexts  = "texts"
	savedOwn    = "archives"
)

// maxChangedPackages is how many packages may have changed since a Session was saved for it to be of use. The
// first build compiles all of them, and the go command may have done that before already.
const maxChangedPackages = 3

// A request is what a Session is prepared for, as far as it is known beforehand.
type request struct {
	Decisive      archive.Sum
	Dir           string
	Flags, Target []string
	Exact         bool
	Packages      []Package
	Dirs          []string
}

func (s Setup) request() request {
	return request{
		Decisive: s.Decisive, Dir: s.Dir, Flags: s.Flags, Target: s.Target, Exact: s.Exact, Packages: s.Packages,
		Dirs: slices.Sorted(maps.Keys(s.Dirs)),
	}
}

// same reports whether two requests are one. An empty list may have been saved as none.
func (r request) same(o request) bool {
	lists := slices.Equal(r.Flags, o.Flags) && slices.Equal(r.Target, o.Target) && slices.Equal(r.Dirs, o.Dirs)
	return lists && r.Decisive == o.Decisive && r.Dir == o.Dir && r.Exact == o.Exact &&
		slices.EqualFunc(r.Packages, o.Packages, func(a, b Package) bool {
			return a.ImportPath == b.ImportPath && slices.Equal(a.GoFiles, b.GoFiles) &&
				slices.Equal(a.EmbedFiles, b.EmbedFiles)
		})
}

// A savedSession is what is in the file. The paths of archives that were compiled directly are relative.
type savedSession struct {
	Request      request
	Exact, Named bool
	Vars         map[string]string
	Tools        map[string]stamp.Meta
	Inputs       map[string]stamp.Stamp
	Names        map[string][]string
	Base, Files  map[string]savedSource
	Recipe       *recipe.Recipe
	NoNamedSet   string
	Cgo          string
	FlaggedOther []string
	Archives     map[string]stamp.Meta
	Cached       map[string]string
	Imported     map[string]Imported
	Built        map[Key]Built
	Program      Program
}

type savedSource struct {
	Stamp    stamp.Stamp
	Embedded bool
}

// A Program is what a saved Session knows of the program that ran. The zero Program is none.
type Program struct {
	Entry    string // where its executable is; "" if nothing is known
	Verified bool
	Outcome  *Outcome // of the direct build that made it; nil if the go command did
	Link     *Link    // that of the Outcome
	Key      Key      // of the link that makes the executable; zero if none is known to
}

// errYoung says that a directory was changed so lately that its metadata proves nothing.
var errYoung = errors.New("a directory is too young")

// Save writes the Session into a directory, which exists and is the user's alone.
func (d *Session) Save(dir string, program Program) error {
	if d.request.Decisive == (archive.Sum{}) {
		return errors.New("it is not known what decides the build")
	}
	for _, s := range d.inputs.files {
		if s.State == stamp.Dir && !s.Conclusive || s.State == stamp.File && !s.Conclusive && s.Sum == ([32]byte{}) {
			return errYoung
		}
	}
	for _, sub := range []string{savedTexts, savedOwn} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil && !os.IsExist(err) {
			return err
		}
	}
	s := savedSession{
		Request: d.request, Exact: d.setup.Exact, Named: d.setup.Named, Vars: d.vars, Tools: d.tools,
		Inputs: d.inputs.files, Names: d.inputs.names, Base: saveSources(d.base), Files: saveSources(d.files),
		Recipe: d.state.Recipe, NoNamedSet: d.noNamedSet, Cgo: d.cgo, FlaggedOther: d.flaggedOther, Archives: d.archives,
		Cached: d.state.Cached, Imported: make(map[string]Imported), Built: make(map[Key]Built), Program: program,
	}
	wanted := make(map[string]bool) // names below the directory
	var failed error
	own := func(path string) string {
		if filepath.Dir(path) != filepath.Clean(d.setup.Work) {
			return path
		}
		name := filepath.Base(path)
		if below := filepath.Join(savedOwn, name); !wanted[below] {
			wanted[below] = true
			failed = errors.Join(failed, share(path, filepath.Join(dir, below)))
		}
		return name
	}
	for path, i := range d.state.Imported {
		i.Archive.Path = own(i.Archive.Path)
		s.Imported[path] = i
	}
	for _, k := range d.used {
		b, ok := d.results.Get(k)
		if !ok {
			return errors.New("an archive is gone")
		}
		b.Archive.Path = own(b.Archive.Path)
		s.Built[k] = b
	}
	if l := program.Link; l != nil {
		moved := &Link{Key: l.Key, Archives: make(map[string]Linked, len(l.Archives))}
		for path, a := range l.Archives {
			a.Path = own(a.Path)
			moved.Archives[path] = a
		}
		s.Program.Link = moved
	}
	for sum := range d.texts.have {
		below := filepath.Join(savedTexts, hex.EncodeToString(sum[:]))
		wanted[below] = true
		failed = errors.Join(failed, share(d.texts.path(sum), filepath.Join(dir, below)))
	}
	if failed != nil {
		return failed
	}
	if err := s.write(filepath.Join(dir, savedFile)); err != nil {
		return err
	}
	for _, sub := range []string{savedTexts, savedOwn} {
		list, _ := os.ReadDir(filepath.Join(dir, sub))
		for _, e := range list {
			if below := filepath.Join(sub, e.Name()); !wanted[below] {
				os.Remove(filepath.Join(dir, below))
			}
		}
	}
	return nil
}

func saveSources(m map[string]source) map[string]savedSource {
	s := make(map[string]savedSource, len(m))
	for f, v := range m {
		s[f] = savedSource{v.Stamp, v.embedded}
	}
	return s
}

// write writes the file, which gets its name when it is whole.
func (s *savedSession) write(file string) error {
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(s); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(file), savedFile+".*.tmp") // mode 0600
	if err != nil {
		return err
	}
	sum := sha256.Sum256(b.Bytes())
	_, err = f.Write(slices.Concat([]byte(savedFormat), sum[:], b.Bytes()))
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// cachedArchives returns the metadata of all archives that the Session has from GOCACHE.
func (d *Session) cachedArchives() map[string]stamp.Meta {
	m := make(map[string]stamp.Meta)
	add := func(path string) {
		if filepath.Dir(path) != filepath.Clean(d.setup.Work) {
			m[path] = stamp.Stat(path)
		}
	}
	for _, path := range d.state.Cached {
		add(path)
	}
	for _, i := range d.state.Imported {
		add(i.Archive.Path)
	}
	for _, it := range d.results.items {
		if !it.own {
			add(it.built.Archive.Path)
		}
	}
	return m
}

// share gives a file a second name, or copies it where that cannot be. A file that is there under that
// name is left: the names are those of contents.
func share(from, to string) error {
	if _, err := os.Lstat(to); err == nil {
		return nil
	}
	if os.Link(from, to) == nil {
		return nil
	}
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	part := to + ".part"
	if err := os.WriteFile(part, b, 0o600); err != nil {
		return err
	}
	return os.Rename(part, to)
}

// Decisive returns that of the Setup.
func (d *Session) Decisive() archive.Sum { return d.request.Decisive }

// Cgo returns a package of the program that is built by cgo or SWIG, of the standard library none; "" if there is
// none.
func (d *Session) Cgo() string { return d.cgo }

// OtherFiles returns the files of the packages that nobody is expected to edit.
func (d *Session) OtherFiles() []string {
	var files []string
	for path, s := range d.inputs.files {
		if s.State == stamp.File {
			files = append(files, path)
		}
	}
	return files
}

// OtherFilesChanged says which of them is not what it was, "" if all are.
func (d *Session) OtherFilesChanged() string {
	if c := d.inputs.changed(); c != (InputChange{}) {
		return c.String()
	}
	return ""
}

// Stamps returns the files of the packages as they were for the last build.
func (d *Session) Stamps() map[string]stamp.Stamp {
	m := make(map[string]stamp.Stamp, len(d.files))
	for f, s := range d.files {
		m[f] = s.Stamp
	}
	return m
}

// Builds returns how often the Session has built.
func (d *Session) Builds() int { return d.builds }

// Of reports whether the build was one of a Session.
func (o *Outcome) Of(d *Session) bool { return o.session == d }

// Program returns what is to be saved of the program that the build made.
func (o *Outcome) Program(entry string, verified bool) Program {
	return Program{Entry: entry, Verified: verified, Outcome: o, Link: o.link, Key: o.Key}
}

// Archives returns the archives of the packages that may be compiled directly and are imported, as their
// importers know them.
func (d *Session) Archives() map[string]string {
	m := make(map[string]string)
	for path, i := range d.state.Imported {
		m[path] = i.Archive.Path
	}
	return m
}
