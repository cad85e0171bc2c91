package direct

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/gorun-dev/gorun/incremental/archive"
	"github.com/gorun-dev/gorun/incremental/edit"
	"github.com/gorun-dev/gorun/internal/stamp"
)

// A source is a file as it was when it was last read.
type source struct {
	stamp.Stamp
	text []byte // of Go files; nil for embedded ones
}

func (s source) sum() archive.Sum { return archive.Sum(s.Sum) }

// readAll reads the files of all packages.
func (d *Program) readAll() (map[string]source, error) {
	m := make(map[string]source)
	read := func(file string, keep bool) error {
		text, st, err := stamp.Read(file)
		switch {
		case err != nil:
			return err
		case st.State != stamp.File:
			return fmt.Errorf("%q is not a file", file)
		case !keep:
			text = nil
		case text == nil:
			text = []byte{}
		}
		m[file] = source{st, text}
		return nil
	}
	for _, p := range d.setup.Packages {
		for _, f := range p.EmbedFiles {
			if err := read(f, false); err != nil {
				return nil, err
			}
		}
		for _, f := range p.GoFiles {
			if err := read(f, true); err != nil {
				return nil, err
			}
		}
	}
	return m, nil
}

func sums(files map[string]source) Sources {
	m := make(Sources, len(files))
	for f, s := range files {
		m[f] = s.sum()
	}
	return m
}

// look reads the files that may have changed since they were last read: those of which their metadata is no proof. It looks at
// all of them, whatever the caller knows of changes: what is linked is then what is on the disk.
func (d *Program) look() (map[string]source, error) {
	files := maps.Clone(d.files)
	for f, old := range d.files {
		if old.Proves(stamp.Stat(f)) {
			continue
		}
		text, st, err := stamp.Read(f)
		switch {
		case err != nil:
			return nil, Refuse("%v", err)
		case st.State != stamp.File:
			return nil, Refuse("%q is not a file any more", f)
		}
		s := source{Stamp: st}
		switch {
		case old.text == nil:
		case st.Sum == old.Sum:
			s.text = old.text
		default:
			s.text = append([]byte{}, text...)
		}
		files[f] = s
	}
	return files, nil
}

// check says why the recipe does not hold for the files.
func (d *Program) check(files map[string]source) string {
	if !maps.Equal(toolStamps(d.state.Recipe), d.tools) {
		return "the compiler or the linker was replaced"
	}
	for _, p := range d.setup.Packages {
		if !slices.ContainsFunc(p.GoFiles, func(f string) bool { return files[f].Sum != d.base[f].Sum }) {
			continue
		}
		now, old := make([]edit.Header, len(p.GoFiles)), make([]edit.Header, len(p.GoFiles))
		for i, f := range p.GoFiles {
			var err error
			if now[i], err = d.header(files[f]); err == nil {
				old[i], err = d.header(d.base[f])
			}
			if err != nil {
				return fmt.Sprintf("%s: %v", filepath.Base(f), err)
			}
			if why := now[i].Differs(old[i]); why != "" {
				return filepath.Base(f) + ": " + why
			}
		}
		if why := edit.CheckImports(now, old); why != "" {
			return "package " + p.ImportPath + ": " + why
		}
	}
	return ""
}

func (d *Program) header(s source) (edit.Header, error) {
	h, ok := d.headers[s.sum()]
	if ok {
		return h, nil
	}
	h, err := edit.ReadHeader(s.text)
	if err == nil {
		if len(d.headers) > headersKept {
			clear(d.headers) // every edit makes one more
		}
		d.headers[s.sum()] = h
	}
	return h, err
}
