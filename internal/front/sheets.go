package front

import (
	"encoding/json"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Style sheets that the program reads from disk when it is asked for them are no part of
// the build, so nobody watches them. While pages are open, gorun looks at the files that have
// the name of a sheet that they show.
//
// Rejected: to watch the project's whole tree for them (a build never looks at most of it), or
// to ask the program again and again.

const (
	sheetsInterval = 150 * time.Millisecond // a person hardly sees it
	sheetsMost     = 100                    // files
	walkMost       = 50_000                 // entries of the project
)

// sheets are the files of the style sheets that pages show.
type sheets struct {
	dir  string
	tell func(names []string) // to pages
	open func() bool          // whether there are any

	mu    sync.Mutex
	names map[string]bool // that pages have asked for
	files map[string]*sheet
	looks bool // a goroutine does
}

// A sheet is a file as it was when gorun looked last.
type sheet struct {
	modified time.Time
	size     int64
	changed  bool // when it was looked at last
}

// use takes note of what a page shows: {"sheets": ["/static/style.css"]}.
func (s *sheets) use(text []byte) {
	var said struct{ Sheets []string }
	if json.Unmarshal(text, &said) != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	unknown := false
	for _, one := range said.Sheets {
		if name := path.Base(one); isSheet(name) && !s.names[name] && len(s.names) < sheetsMost {
			s.names[name] = true
			unknown = true
		}
	}
	if unknown {
		s.find()
	}
	if len(s.files) > 0 && !s.looks {
		s.looks = true
		go s.look()
	}
}

// find finds the files of the names, and notes what they are. Called with mu held.
func (s *sheets) find() {
	entries := 0
	_ = filepath.WalkDir(s.dir, func(file string, d fs.DirEntry, err error) error {
		entries++
		name := d.Name()
		switch {
		case err != nil || entries > walkMost:
			return filepath.SkipAll
		case d.IsDir() && file != s.dir && (strings.HasPrefix(name, ".") || name == "node_modules"):
			return filepath.SkipDir
		case s.names[name] && s.files[file] == nil && len(s.files) < sheetsMost:
			s.files[file] = &sheet{}
			s.files[file].update(file)
		}
		return nil
	})
}

// update reports whether a file is another one than it was.
func (s *sheet) update(file string) bool {
	info, err := os.Stat(file)
	if err != nil || info.ModTime().Equal(s.modified) && info.Size() == s.size {
		return false
	}
	s.modified, s.size = info.ModTime(), info.Size()
	return true
}

// forget is for a file that belongs to the build or to the run files: pages hear of it when
// the program has it.
func (s *sheets) forget(file string) {
	s.mu.Lock()
	if f := s.files[file]; f != nil {
		f.update(file)
		f.changed = false
	}
	s.mu.Unlock()
}

// look looks at the files until no page is open any more.
func (s *sheets) look() {
	for {
		time.Sleep(sheetsInterval)
		if !s.open() {
			s.mu.Lock()
			s.looks = false
			s.mu.Unlock()
			return
		}
		if names := s.lookOnce(); len(names) > 0 {
			s.tell(names)
		}
	}
}

// lookOnce returns the names of files that have changed and are quiet since. By then it is
// known whether they are forgotten.
func (s *sheets) lookOnce() (names []string) {
	s.mu.Lock()
	for file, f := range s.files {
		changed := f.update(file)
		if f.changed && !changed {
			names = append(names, filepath.Base(file))
		}
		f.changed = changed
	}
	s.mu.Unlock()
	return names
}
