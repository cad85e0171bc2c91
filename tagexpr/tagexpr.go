// Package tagexpr says which files the go command takes into a build, and why.
//
// A file is in or out by its name (leading _ or ., _test.go, _GOOS, _GOARCH, the ending), by the constraint
// lines in its header (//go:build, and the old // +build where that is missing), and, for Go files, by whether it
// imports "C" and cgo is off. Match applies these rules to one file as `go list` does and puts the deciding one in
// words; Mentioned names the tags whose setting could make a difference; ParseTags reads a -tags list.
//
// Invariant: Match never includes a file that the go command ignores, nor the other way round; the tests hold it
// against `go list` and go/build on random files. Where the go command itself answers in two ways (it reads files
// older than two seconds from an index that treats a broken constraint in a file for another system as an error),
// Match answers as it does for a file just written.
//
// What needs more than one file is left to the caller: that .S, .sx, C and C++ files enter only
// together with a file that imports "C", that package names must agree, that something matches at all.
// Nothing here reads a disk or runs the go command.
//
// The files: tagexpr.go has Context and Match; filename.go is what a file's name decides
// (_GOOS, _GOARCH, the ending); constraint.go finds and parses the constraint lines; imports.go
// reads the package clause and the imports; tags.go says whether a tag is set, and which tags a
// file mentions; reason.go puts the deciding part of a constraint in words.
package tagexpr

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"strings"
)

// Context is the configuration to match for. Its fields are those of the same names in go/build.Context.
type Context struct {
	GOOS, GOARCH string
	Compiler     string // "gc" or "gccgo"
	CgoEnabled   bool
	BuildTags    []string // of -tags
	ToolTags     []string // of the toolchain: goexperiment.x, amd64.v1, race
	ReleaseTags  []string // go1.1 and on, the newest last
	UseAllFiles  bool     // files named on the command line: tags and suffixes decide nothing
}

// Verdict is what Match says of a file.
type Verdict struct {
	Included bool   // in the build
	Reason   string // why or why not, in words such as "needs tag prod", "for windows", "tag dev is set"
	// Err is what makes the go command refuse the whole package because of this file, in its words
	// and without the file's name: a broken constraint or a syntax error up to the end of the
	// imports. A test file can do that too.
	Err error
}

// Match reports whether the file called name (a base name) with the content src belongs to a build.
// Only the header of src counts: everything up to the end of the imports, or in other languages than Go
// up to the first text that is no comment. A longer src does no harm.
func (c *Context) Match(name string, src []byte) Verdict {
	v := c.matchConstraints(name, src)
	if path.Ext(name) == ".go" {
		return c.matchGo(v, name, src)
	}
	if v.Included && !c.CgoEnabled && needsCgo(name) {
		return Verdict{Reason: "needs cgo"}
	}
	return v
}

// matchConstraints applies name and constraint lines, as go/build's MatchFile does.
func (c *Context) matchConstraints(name string, src []byte) Verdict {
	if reason := unknownName(name); reason != "" {
		return Verdict{Reason: reason}
	}
	byName := parseSuffix(name).eval(c)
	if !byName.ok && !c.UseAllFiles {
		return Verdict{Reason: byName.String()}
	}
	if path.Ext(name) == ".syso" {
		return Verdict{Included: true, Reason: c.included(byName)}
	}
	header := src
	if path.Ext(name) == ".go" {
		if bytes.IndexByte(src, 0) >= 0 && errors.Is(parseImports(src).err, errNUL) {
			return Verdict{Reason: errNUL.Error(), Err: errNUL}
		}
	} else {
		var ok bool
		if header, ok = leadingComments(src); !ok {
			// The go command drops the error for files that are not Go, and takes the file.
			return Verdict{Included: true, Reason: "its header cannot be read"}
		}
	}
	x, err := parseHeader(header)
	if err != nil {
		return Verdict{Reason: err.Error(), Err: err}
	}
	byLine := eval(c, x)
	if !byLine.ok && !c.UseAllFiles {
		return Verdict{Reason: byLine.String()}
	}
	return Verdict{Included: true, Reason: c.included(byName, byLine)}
}

// matchGo adds to v what a Go file's package clause and imports decide.
func (c *Context) matchGo(v Verdict, name string, src []byte) Verdict {
	if v.Included {
		f := parseImports(src)
		switch {
		case f.pkg == "documentation":
			return Verdict{Reason: "package documentation is never built", Err: f.err}
		case f.err != nil:
			v.Err = f.err
		case f.cgo && strings.HasSuffix(name, "_test.go"):
			v.Err = errCgoTest
		case f.cgo && !c.CgoEnabled:
			return Verdict{Reason: `needs cgo (imports "C")`}
		}
	}
	if strings.HasSuffix(name, "_test.go") && !ignoredName(name) {
		return Verdict{Reason: "test file", Err: v.Err}
	}
	return v
}

// included joins the reasons for which a file is in.
func (c *Context) included(causes ...cause) string {
	var words []string
	for _, cause := range causes {
		if cause.ok && len(cause.atoms)+len(cause.parts) > 0 {
			words = append(words, cause.String())
		}
		if !cause.ok { // only with UseAllFiles
			return "named on the command line (otherwise: " + cause.String() + ")"
		}
	}
	if len(words) == 0 {
		return "no constraint"
	}
	return strings.Join(words, " and ")
}

// unknownName says why the go command never reads a file of this name, "" if it does.
func unknownName(name string) string {
	if ignoredName(name) {
		return fmt.Sprintf("name begins with %c", name[0])
	}
	switch ext := path.Ext(name); {
	case ext == "":
		return "not a source file (no ending)"
	case !sourceEndings[ext]:
		return fmt.Sprintf("not a source file (%s)", ext)
	}
	return ""
}

func ignoredName(name string) bool {
	return strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".")
}
