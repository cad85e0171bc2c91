package depgraph

import (
	"path/filepath"
	"reflect"

	"github.com/gorun-dev/gorun/internal/stamp"
	"github.com/gorun-dev/gorun/tagexpr"
)

// An input is a file that a watched package has, or leaves out. One file can be
// several things: a package's source and embedded, too.
type input struct {
	kind       FileKind    // the first of: source, embedded, included, profile, ignored
	users      []PackageID // sorted, each once
	inclusions []inclusion // how it is embedded or included
	isEmbedded bool        // it is embedded, whatever else it is

	unlisted bool // not named by the go command, but found in the directory
}

// An inclusion is a file that names another one.
type inclusion struct {
	file string // the naming file
	how  string // "pattern static/*", `#include "x.h"`
}

// A fact is what is known of one file's content.
type fact struct {
	stamp.Stamp
	err       error           // it could not be read
	asData    bool            // it was read as data: the header, if there is one, is of an earlier content
	header    *header         // of a source: the last one without a syntax error
	syntax    error           // the syntax error that the header has now
	verdict   tagexpr.Verdict // of a source: whether it belongs to its package
	tags      []string        // tags it mentions
	uncertain bool            // the verdict depends on tags that only the go command knows
	target    string          // of a link that decides: where it points
}

// readFact returns the fact of the file at path. The file is not read if prev, the fact
// that was known before, is proof that its content is the same.
func (s *settings) readFact(path string, kind FileKind, prev fact) fact {
	file, ok := s.overlay.content(path)
	if !ok {
		return fact{Stamp: stamp.Stamp{Meta: stamp.Meta{State: stamp.Absent}, Conclusive: true}}
	}
	source := kind != Embedded && kind != PGOProfile && (isSource(filepath.Base(path)) || kind == Included)
	source = source && filepath.Ext(path) != ".syso"
	known := prev.err == nil && (!source || !prev.asData)
	if known && prev.Proves(stamp.Stat(file)) {
		return prev
	}
	if !source {
		next := fact{header: prev.header, asData: true}
		next.Stamp, next.err = stamp.Of(file)
		next.Stamp = next.After(prev.Stamp)
		if kind != Embedded && hasSourceEnding(filepath.Base(path)) {
			next.verdict = s.tagsFor(path).Match(filepath.Base(path), nil)
		}
		return next
	}
	src, st, err := stamp.Read(file)
	if err != nil || st.State != stamp.File {
		return fact{Stamp: st, err: err, header: prev.header, verdict: prev.verdict, tags: prev.tags}
	}
	if known && prev.State == stamp.File && prev.Sum == st.Sum {
		prev.Stamp = st.After(prev.Stamp)
		return prev
	}
	next := fact{Stamp: st}
	name := filepath.Base(path)
	next.verdict = s.tagsFor(path).Match(name, src)
	next.tags = tagexpr.Mentioned(name, src)
	next.uncertain = s.uncertain(name, src, next.tags) && s.tagsFor(path) == s.tags
	if filepath.Ext(name) == ".go" {
		next.header, next.syntax = parseGo(src)
		if next.syntax != nil {
			next.header = prev.header // half-typed: the last good header still counts
		}
	} else {
		next.header = &header{includes: parseIncludes(src), constraint: constraintLines(src)}
	}
	return next
}

// known reports whether now is nothing but f, read by readFact without reading the file.
func (f fact) known(now fact) bool {
	return f.err == nil && now.err == nil && f.asData == now.asData && f.Proves(now.Meta)
}

// readDeciding is readFact for a deciding path. Of a directory only its existence counts,
// of a link where it points.
func (s *settings) readDeciding(path string, d decidingPath, prev fact) fact {
	file, ok := s.overlay.content(path)
	switch {
	case !ok:
		return fact{Stamp: stamp.Stamp{Meta: stamp.Meta{State: stamp.Absent}, Conclusive: true}}
	case d.link:
		return fact{Stamp: stamp.Stamp{Meta: stamp.Stat(path), Conclusive: true}, target: readLink(path)}
	case prev.err == nil && prev.Proves(stamp.Stat(file)):
		return prev
	}
	var f fact
	f.Stamp, f.err = stamp.Of(file)
	f.Stamp = f.After(prev.Stamp)
	return f
}

// sameVerdicts reports whether every file has the same verdict under both settings.
func (s *settings) sameVerdicts(t *settings) bool {
	return reflect.DeepEqual(s.tags, t.tags) && reflect.DeepEqual(s.overlay, t.overlay)
}
