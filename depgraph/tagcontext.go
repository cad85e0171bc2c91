package depgraph

import (
	"go/build"
	"slices"
	"strconv"
	"strings"

	"github.com/gorun-dev/gorun/tagexpr"
)

// tagContext is the context that files are matched in. Its tool tags for experiments and
// architecture levels are those of the toolchain that built gorun. They may be others than
// the user's, so they are used for reasons in words only: the verdict on a file that asks
// for such a tag is uncertain.
func (s *settings) tagContext() *tagexpr.Context {
	c := &tagexpr.Context{
		GOOS:        s.goenv["GOOS"],
		GOARCH:      s.goenv["GOARCH"],
		Compiler:    "gc",
		CgoEnabled:  s.goenv["CGO_ENABLED"] == "1",
		ToolTags:    slices.Clone(build.Default.ToolTags),
		ReleaseTags: releaseTags(s.goenv["GOVERSION"]),
	}
	if v, ok := s.flag("compiler"); ok {
		c.Compiler = v
	}
	if v, ok := s.flag("tags"); ok {
		c.BuildTags, _ = tagexpr.ParseTags(v) // the go command says what is wrong with it
	}
	for _, name := range []string{"race", "msan", "asan"} {
		if s.isSet(name) {
			c.ToolTags = append(c.ToolTags, name)
		}
	}
	for word := range strings.SplitSeq(s.goenv["GOEXPERIMENT"], ",") {
		if word != "" && !strings.HasPrefix(word, "no") {
			c.ToolTags = append(c.ToolTags, "goexperiment."+word)
		}
	}
	return c
}

// maxUncertain bounds the tags whose every combination is tried.
const maxUncertain = 4

// uncertain reports whether it depends on tags such as goexperiment.x and amd64.v3 that a
// file is in or out: only the go command knows whether those are set.
func (s *settings) uncertain(name string, src []byte, tags []string) bool {
	var unsure []string
	for _, tag := range tags {
		if strings.Contains(tag, ".") && !strings.HasPrefix(tag, "go1.") {
			unsure = append(unsure, tag)
		}
	}
	if len(unsure) == 0 {
		return false
	}
	if len(unsure) > maxUncertain {
		return true
	}
	c := *s.tags
	var first bool
	for set := range 1 << len(unsure) {
		isUnsure := func(tag string) bool { return slices.Contains(unsure, tag) }
		c.ToolTags = slices.DeleteFunc(slices.Clone(s.tags.ToolTags), isUnsure)
		for i, tag := range unsure {
			if set&(1<<i) != 0 {
				c.ToolTags = append(c.ToolTags, tag)
			}
		}
		in := c.Match(name, src).Included
		if set == 0 {
			first = in
		} else if in != first {
			return true
		}
	}
	return false
}

// releaseTags is go1.1 up to the version of the toolchain ("go1.26.8", "devel go1.27-…").
func releaseTags(version string) []string {
	_, rest, _ := strings.Cut(version, "go1.")
	digits := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))]
	n, err := strconv.Atoi(digits)
	if err != nil {
		return build.Default.ReleaseTags
	}
	var tags []string
	for i := range n {
		tags = append(tags, "go1."+strconv.Itoa(i+1))
	}
	return tags
}
