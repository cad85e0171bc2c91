package direct

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/gorun-dev/gorun/incremental/archive"
	"github.com/gorun-dev/gorun/incremental/edit"
	"github.com/gorun-dev/gorun/internal/stamp"
)

// A source is a file as it was when it was last read. The text of a Go file is in Session.texts.
type source struct {
	stamp.Stamp
	embedded bool
}

func (s source) sum() archive.Sum { return archive.Sum(s.Sum) }

// readAll reads the files of all packages.
func (d *Session) readAll() (map[string]source, error) {
	m := make(map[string]source)
	read := func(file string, embedded bool) (err error) {
		m[file], err = d.read(file, embedded)
		return err
	}
	for _, p := range d.setup.Packages {
		for _, f := range p.EmbedFiles {
			if err := read(f, true); err != nil {
				return nil, err
			}
		}
		for _, f := range p.GoFiles {
			if err := read(f, false); err != nil {
				return nil, err
			}
		}
	}
	return m, nil
}

// read reads a file and keeps its text.
func (d *Session) read(file string, embedded bool) (source, error) {
	var text []byte
	var st stamp.Stamp
	var err error
	if embedded {
		st, err = stamp.Of(file)
	} else {
		text, st, err = stamp.Read(file)
	}
	switch {
	case err != nil:
		return source{}, err
	case st.State != stamp.File:
		return source{}, fmt.Errorf("%q is not a file", file)
	case !embedded:
		err = d.texts.add(st.Sum, text)
	}
	return source{st, embedded}, err
}

func sums(files map[string]source) Sources {
	m := make(Sources, len(files))
	for f, s := range files {
		m[f] = s.sum()
	}
	return m
}

// readChanged reads the files that may have changed since they were last read: those whose
// metadata does not prove that they did not. It checks all files, whatever the caller knows of
// changes, so that what is linked is what is on the disk.
func (d *Session) readChanged() (map[string]source, error) {
	files := maps.Clone(d.files)
	for f, old := range d.files {
		if old.Proves(stamp.Stat(f)) {
			continue
		}
		s, err := d.read(f, old.embedded)
		if err != nil {
			return nil, Refuse("%v", err)
		}
		files[f] = s
	}
	return files, nil
}

// recipeOutdated says why the recipe does not hold for the files.
func (d *Session) recipeOutdated(files map[string]source) string {
	if !maps.Equal(toolStamps(d.state.Recipe), d.tools) {
		return "the compiler or the linker was replaced"
	}
	for _, p := range d.setup.Packages {
		if !slices.ContainsFunc(p.GoFiles, func(f string) bool { return files[f].Sum != d.base[f].Sum }) {
			continue
		}
		// The files that changed come first: if their imports together are what they were, the other
		// files need not be parsed.
		now, old := make([]edit.Header, 0, len(p.GoFiles)), make([]edit.Header, 0, len(p.GoFiles))
		for _, changed := range []bool{true, false} {
			for _, f := range p.GoFiles {
				if (files[f].Sum != d.base[f].Sum) != changed {
					continue
				}
				a, err := d.header(files[f])
				if err != nil {
					return fmt.Sprintf("%s: %v", filepath.Base(f), err)
				}
				b, err := d.header(d.base[f])
				if err != nil {
					return fmt.Sprintf("%s: %v", filepath.Base(f), err)
				}
				if why := a.Differs(b); why != "" {
					return filepath.Base(f) + ": " + why
				}
				now, old = append(now, a), append(old, b)
			}
			if edit.CheckImports(now, old) == "" {
				break
			}
		}
		if why := edit.CheckImports(now, old); why != "" {
			return "package " + p.ImportPath + ": " + why
		}
	}
	return ""
}

func (d *Session) header(s source) (edit.Header, error) {
	h, ok := d.headers[s.sum()]
	if ok {
		return h, nil
	}
	text, ok := d.texts.get(s.sum())
	if !ok {
		return h, errors.New("its text is gone")
	}
	h, err := edit.ReadHeader(text)
	if err == nil {
		if len(d.headers) > maxHeaders {
			clear(d.headers) // every edit makes one more
		}
		d.headers[s.sum()] = h
	}
	return h, err
}
