package depgraph

import (
	"path/filepath"
	"reflect"

	"github.com/gorun-dev/gorun/internal/stamp"
	"github.com/gorun-dev/gorun/tagexpr"
)

// A FileKind says what a file is to its package.
type FileKind uint8

const (
	Go       FileKind = iota // Go, with or without import "C"
	C                        // C, C++, Objective-C, Fortran: compiled for cgo
	Header                   // a header in the package's directory
	Asm                      // assembly
	Swig                     // SWIG
	Syso                     // a .syso object, linked in
	Embedded                 // by //go:embed
	Included                 // a header in another directory, or a library; GOCACHE does not know of it
	Profile                  // of -pgo
	Ignored                  // left out, and why is in its Reason
)

func (k FileKind) String() string {
	return [...]string{"Go", "C source", "header", "assembly", "SWIG interface", "object", "embedded file", "included file", "profile", "ignored"}[k]
}

// kindOf is the kind of a file in a package's directory by its ending.
func kindOf(name string) FileKind {
	switch filepath.Ext(name) {
	case ".go":
		return Go
	case ".h", ".hh", ".hpp", ".hxx":
		return Header
	case ".s", ".S", ".sx":
		return Asm
	case ".swig", ".swigcxx":
		return Swig
	case ".syso":
		return Syso
	}
	return C
}

// isSource reports whether the go command looks at a file with this name when
// it lists a package.
func isSource(name string) bool {
	return hasSourceEnding(name) && name[0] != '_' && name[0] != '.'
}

// hasSourceEnding reports whether go/build has a list for such files (fileListForExt).
func hasSourceEnding(name string) bool {
	switch filepath.Ext(name) {
	case ".go", ".c", ".cc", ".cpp", ".cxx", ".m", ".h", ".hh", ".hpp", ".hxx",
		".f", ".F", ".for", ".f90", ".s", ".S", ".sx", ".swig", ".swigcxx", ".syso":
		return true
	}
	return false
}

// An input is a file that a watched package has, or leaves out. One file can be
// several things: a package's source and embedded, too.
type input struct {
	kind  FileKind    // the first of: source, embedded, included, profile, ignored
	users []PackageID // sorted, each once
	by    []inclusion // how it is embedded or included
	embed bool        // it is embedded, whatever else it is

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
	err     error           // it could not be read
	data    bool            // it was read as data: the header, if there is one, is of an earlier content
	header  *header         // of a source: the last one without a syntax error
	syntax  error           // the syntax error that the header has now
	verdict tagexpr.Verdict // of a source: whether it belongs to its package
	tags    []string        // tags it mentions
	doubt   bool            // the verdict hangs on tags that only the go command knows
	target  string          // of a link that decides: where it points
}

// observe returns what is known of the file at path, which is read where prev,
// what was known before, is not proof.
func (s *settings) observe(path string, kind FileKind, prev fact) fact {
	file, ok := s.overlay.content(path)
	if !ok {
		return fact{Stamp: stamp.Stamp{Meta: stamp.Meta{State: stamp.Absent}, Settled: true}}
	}
	source := kind != Embedded && kind != Profile && (isSource(filepath.Base(path)) || kind == Included)
	source = source && filepath.Ext(path) != ".syso"
	known := prev.err == nil && (!source || !prev.data)
	if known && prev.Proves(stamp.Stat(file)) {
		return prev
	}
	if !source {
		next := fact{header: prev.header, data: true}
		next.Stamp, next.err = stamp.Of(file)
		next.Stamp = next.After(prev.Stamp)
		if kind != Embedded && hasSourceEnding(filepath.Base(path)) {
			next.verdict = s.context(path).Match(filepath.Base(path), nil)
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
	next.verdict = s.context(path).Match(name, src)
	next.tags = tagexpr.Mentioned(name, src)
	next.doubt = s.doubt(name, src, next.tags) && s.context(path) == s.tags
	if filepath.Ext(name) == ".go" {
		next.header, next.syntax = parseGo(src)
		if next.syntax != nil {
			next.header = prev.header // half-typed: what it last said still counts
		}
	} else {
		next.header = &header{includes: parseIncludes(src), constraint: constraintLines(src)}
	}
	return next
}

// observeDeciding is observe for a path that decides. Of a directory nothing but
// its existence is looked at, of a link where it points.
func (s *settings) observeDeciding(path string, d deciding, prev fact) fact {
	file, ok := s.overlay.content(path)
	switch {
	case !ok:
		return fact{Stamp: stamp.Stamp{Meta: stamp.Meta{State: stamp.Absent}, Settled: true}}
	case d.link:
		return fact{Stamp: stamp.Stamp{Meta: stamp.Stat(path), Settled: true}, target: readLink(path)}
	case prev.err == nil && prev.Proves(stamp.Stat(file)):
		return prev
	}
	var f fact
	f.Stamp, f.err = stamp.Of(file)
	f.Stamp = f.After(prev.Stamp)
	return f
}

// sameEyes reports whether files come out alike under both settings.
func (s *settings) sameEyes(t *settings) bool {
	return reflect.DeepEqual(s.tags, t.tags) && reflect.DeepEqual(s.overlay, t.overlay)
}
