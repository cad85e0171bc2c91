package tagexpr

import (
	"fmt"
	"go/build/constraint"
	"maps"
	"path"
	"slices"
	"strings"
)

// ParseTags reads the value of -tags: a list with commas or, as up to Go 1.12, with spaces and quotes. Empty elements
// do not count. The error has the go command's words; the list is not nil, as an empty -tags takes back one in GOFLAGS.
func ParseTags(list string) ([]string, error) {
	tags := []string{}
	if strings.ContainsAny(list, " '") {
		return splitQuoted(list)
	}
	for tag := range strings.SplitSeq(list, ",") {
		if tag != "" {
			tags = append(tags, tag)
		}
	}
	return tags, nil
}

// splitQuoted splits at spaces; a word that begins with a quote ends at the next one and is taken as it is
// (cmd/internal/quoted).
func splitQuoted(s string) ([]string, error) {
	words := []string{}
	for {
		s = strings.TrimLeft(s, " \t\n\r")
		if s == "" {
			return words, nil
		}
		end, skip := strings.IndexAny(s, " \t\n\r"), 0
		if s[0] == '"' || s[0] == '\'' {
			quote := s[:1]
			s = s[1:]
			if end = strings.Index(s, quote); end < 0 {
				return words, fmt.Errorf("unterminated %s string", quote)
			}
			skip = 1
		}
		if end < 0 {
			end = len(s)
		}
		words = append(words, s[:end])
		s = s[end+skip:]
	}
}

// has reports whether a tag is satisfied (go/build's matchTag). A tag of -tags may have the name of a system.
func (c *Context) has(tag string) bool {
	switch {
	case tag == "cgo" && c.CgoEnabled, tag == c.GOOS, tag == c.GOARCH, tag == c.Compiler,
		tag == "linux" && c.GOOS == "android",
		tag == "solaris" && c.GOOS == "illumos",
		tag == "darwin" && c.GOOS == "ios",
		tag == "unix" && unixOS[c.GOOS]:
		return true
	}
	if tag == "boringcrypto" { // its name before it was an experiment
		tag = "goexperiment.boringcrypto"
	}
	return slices.Contains(c.BuildTags, tag) || slices.Contains(c.ToolTags, tag) || slices.Contains(c.ReleaseTags, tag)
}

// Mentioned returns the tags that the file's name, constraint and import of "C" refer to,
// sorted, each once. A build that differs in none of them takes or leaves the file alike. Files
// that never enter a build mention none, and a file with a broken constraint only those of its
// name.
func Mentioned(name string, src []byte) []string {
	if unknownName(name) != "" {
		return nil
	}
	tags := map[string]bool{}
	for _, tag := range parseSuffix(name).tags() {
		tags[tag] = true
	}
	header, ok := src, path.Ext(name) != ".syso"
	if ok && path.Ext(name) != ".go" {
		header, ok = leadingComments(src)
	}
	if ok {
		x, _ := parseHeader(header)
		walk(x, func(tag string) { tags[tag] = true })
	}
	if needsCgo(name) || path.Ext(name) == ".go" && parseImports(src).cgo {
		tags["cgo"] = true
	}
	return slices.Sorted(maps.Keys(tags))
}

func walk(x constraint.Expr, visit func(tag string)) {
	if x != nil {
		x.Eval(func(tag string) bool { visit(tag); return false }) // Eval asks for every tag, whatever the answers
	}
}
