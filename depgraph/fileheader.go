package depgraph

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// A header is what a source file tells about more than its own code: a change
// here can change which files and packages the program is made of.
type header struct {
	pkg        string    // name in the package clause
	imports    []string  // sorted, each once
	constraint string    // //go:build and // +build lines
	embeds     []string  // patterns of //go:embed, sorted, each once
	preamble   string    // the comment above import "C"
	cgo        []string  // its #cgo lines
	includes   []include // of the preamble, or of a C file
	debug      []string  // //go:debug lines
	linknames  []string  // //go:linkname lines
}

// parseGo reads the header of a Go file. The error is the first syntax error up
// to the end of the imports; the header is then incomplete.
func parseGo(src []byte) (*header, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", src, parser.ImportsOnly|parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	h := &header{pkg: f.Name.Name}
	for _, decl := range f.Decls {
		d, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range d.Specs {
			s, ok := spec.(*ast.ImportSpec)
			if !ok {
				continue
			}
			path, err := strconv.Unquote(s.Path.Value)
			if err != nil {
				return nil, err
			}
			h.imports = append(h.imports, path)
			if path == "C" {
				h.addPreamble(d.Doc)
				if s.Doc != d.Doc {
					h.addPreamble(s.Doc)
				}
			}
		}
	}
	slices.Sort(h.imports)
	h.imports = slices.Compact(h.imports)
	h.constraint = constraintLines(src[:fset.Position(f.Package).Offset])
	h.addDirectives(src)
	return h, nil
}

func (h *header) addPreamble(doc *ast.CommentGroup) {
	if doc == nil {
		return
	}
	text := doc.Text()
	h.preamble += text
	h.includes = append(h.includes, parseIncludes([]byte(text))...)
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#cgo") {
			h.cgo = append(h.cgo, line)
		}
	}
}

// constraintLines returns the lines that can be constraints, as they stand.
func constraintLines(src []byte) string {
	var b strings.Builder
	for line := range bytes.Lines(src) {
		line = bytes.TrimSpace(line)
		plusBuild := bytes.HasPrefix(line, []byte("//")) && bytes.Contains(line, []byte("+build"))
		if plusBuild || bytes.HasPrefix(line, []byte("//go:build")) {
			b.Write(line)
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// addDirectives collects the directives at the beginnings of lines. One in a raw
// string or comment is taken, too: what it does is to widen a change.
func (h *header) addDirectives(src []byte) {
	mark := []byte("//go:")
	for at := 0; ; {
		i := bytes.Index(src[at:], mark)
		if i < 0 {
			break
		}
		at += i
		lineStart := bytes.LastIndexByte(src[:at], '\n') + 1
		end := len(src)
		if n := bytes.IndexByte(src[at:], '\n'); n >= 0 {
			end = at + n
		}
		line := strings.TrimSpace(string(src[at:end]))
		indented := len(bytes.TrimLeft(src[lineStart:at], " \t")) > 0
		at = end
		if indented {
			continue // text stands before it
		}
		verb, rest, _ := strings.Cut(line[len(mark):], " ")
		if i := strings.IndexByte(verb, '\t'); i >= 0 {
			verb, rest = verb[:i], verb[i:]+" "+rest
		}
		switch verb {
		case "embed":
			h.embeds = append(h.embeds, splitPatterns(rest)...)
		case "debug":
			h.debug = append(h.debug, line)
		case "linkname":
			h.linknames = append(h.linknames, line)
		}
	}
	slices.Sort(h.embeds)
	h.embeds = slices.Compact(h.embeds)
}

// splitPatterns splits the arguments of //go:embed: words, or Go strings
// (go/build's parseGoEmbed). What is malformed, the go command refuses.
func splitPatterns(args string) []string {
	var list []string
	for args = strings.TrimSpace(args); args != ""; args = strings.TrimSpace(args) {
		if args[0] == '"' || args[0] == '`' {
			q, err := strconv.QuotedPrefix(args)
			if err != nil {
				return list
			}
			p, _ := strconv.Unquote(q)
			list, args = append(list, p), args[len(q):]
			continue
		}
		word := args
		if i := strings.IndexAny(args, " \t"); i >= 0 {
			word = args[:i]
		}
		list, args = append(list, word), args[len(word):]
	}
	return list
}

// A difference is one thing that two headers of a file do not share.
type difference struct {
	words string
	shape bool // it can change which files and packages belong to the program
}

// diff compares a file's header with its last good one.
func (h *header) diff(old *header) []difference {
	var ds []difference
	add := func(differs bool, words string, shape bool) {
		if differs {
			ds = append(ds, difference{words, shape})
		}
	}
	add(h.pkg != old.pkg, "package clause changed: "+old.pkg+" → "+h.pkg, true)
	added, removed := delta(old.imports, h.imports)
	add(added != nil || removed != nil, "imports changed:"+signed(added, removed), true)
	add(h.constraint != old.constraint, "constraint changed", false) // its verdict is compared apart
	added, removed = delta(old.embeds, h.embeds)
	add(added != nil || removed != nil, "embed patterns changed:"+signed(added, removed), true)
	add(!slices.Equal(h.cgo, old.cgo), "#cgo lines changed", true)
	added, removed = delta(includeLines(old.includes), includeLines(h.includes))
	add(added != nil || removed != nil, "includes changed:"+signed(added, removed), true)
	if len(ds) == 0 {
		add(h.preamble != old.preamble, "cgo preamble changed", false)
	}
	add(!slices.Equal(h.debug, old.debug), "//go:debug lines changed", false)
	add(!slices.Equal(h.linknames, old.linknames), "//go:linkname lines changed", false)
	return ds
}

// delta compares two sorted lists; nil where nothing was added or removed.
func delta[S ~string](old, now []S) (added, removed []S) {
	for _, s := range now {
		if _, ok := slices.BinarySearch(old, s); !ok {
			added = append(added, s)
		}
	}
	for _, s := range old {
		if _, ok := slices.BinarySearch(now, s); !ok {
			removed = append(removed, s)
		}
	}
	return added, removed
}

// signed prints a delta as " +a -b".
func signed(added, removed []string) string {
	var b strings.Builder
	for _, s := range added {
		b.WriteString(" +" + s)
	}
	for _, s := range removed {
		b.WriteString(" -" + s)
	}
	return b.String()
}
