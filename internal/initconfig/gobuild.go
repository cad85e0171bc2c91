package initconfig

import (
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gorun-dev/gorun/internal/goflags"
)

// A goLine is a go build, go install or go run.
type goLine struct {
	verb     string
	tags     []string
	flags    []string // the others: "-race", "-ldflags=-s -w"
	output   string   // -o
	chdir    string   // -C
	operands []word
	left     []string // what is wrong with flags that are left out
}

// printing are flags that say what is built, or build for nothing: gorun has its own lines.
var printing = []string{"v", "x", "n", "a", "work", "json", "i"}

// parseGo reads the words of a go command that builds a program; false if it is another one.
func parseGo(words []word) (g goLine, ok bool) {
	if len(words) < 2 || path.Base(words[0].text) != "go" {
		return g, false
	}
	words = words[1:]
	if words[0].text == "-C" && len(words) > 2 {
		g.chdir, words = words[1].text, words[2:]
	}
	if g.verb = words[0].text; !slices.Contains([]string{"build", "install", "run"}, g.verb) {
		return g, false
	}
	words = words[1:]
	for len(words) > 0 && strings.HasPrefix(words[0].text, "-") && words[0].text != "-" {
		w := words[0]
		words = words[1:]
		if w.text == "--" {
			break
		}
		name, value, given := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(w.text, "-"), "-"), "=")
		known := slices.IndexFunc(goflags.Flags(), func(f goflags.Flag) bool { return f.Name == name })
		takes := name == "o" || name == "C" || known >= 0 && !goflags.Flags()[known].Bool
		if takes && !given {
			if len(words) == 0 {
				g.left = append(g.left, w.text+" has no value")
				break
			}
			value, given = words[0].text, true
			if w.why == "" {
				w.why = words[0].why
			}
			words = words[1:]
		}
		g.flag(name, value, given, w.why, known >= 0)
	}
	g.operands = words
	return g, true
}

func (g *goLine) flag(name, value string, given bool, why string, known bool) {
	switch {
	case name == "o":
		g.output = value
	case name == "C":
		g.chdir = value
	case slices.Contains(printing, name):
		if name == "a" {
			g.left = append(g.left, "-a is left out: each build would be one of everything")
		}
	case !known:
		g.left = append(g.left, "-"+name+" is no flag of a build")
	case why != "":
		g.left = append(g.left, "-"+name+" is left out: "+why)
	case name == "tags":
		split := func(r rune) bool { return r == ',' || r == ' ' }
		g.tags = append(g.tags, strings.FieldsFunc(value, split)...)
	case given:
		g.flags = append(g.flags, "-"+name+"="+value)
	default:
		g.flags = append(g.flags, "-"+name)
	}
}

// splitRun divides the operands of a go run into those that say what to run and the arguments of it.
func (g *goLine) splitRun() (what, args []word) {
	n := 0
	for n < len(g.operands) && strings.HasSuffix(g.operands[n].text, ".go") {
		n++
	}
	if n == 0 && len(g.operands) > 0 {
		n = 1
	}
	return g.operands[:n], g.operands[n:]
}

// find returns the main package that operands of a go command mean; else why there is none.
func (c *collection) find(operands []word) (m *mainPackage, why string) {
	dir := "."
	switch {
	case len(operands) == 0:
	case strings.HasSuffix(operands[0].text, ".go"):
		dir = path.Dir(filepath.ToSlash(operands[0].text))
		for _, o := range operands {
			onlyPattern := strings.HasSuffix(o.text, "*.go") && !strings.ContainsAny(o.text, "$`")
			switch {
			case o.why != "" && !onlyPattern:
				return nil, o.why
			case path.Dir(filepath.ToSlash(o.text)) != dir:
				return nil, "its files are in several directories"
			}
		}
	case len(operands) > 1:
		return nil, "it builds several packages"
	case operands[0].why != "":
		return nil, operands[0].why
	default:
		text := operands[0].text
		for i := range c.mains {
			if c.mains[i].path == text {
				return &c.mains[i], ""
			}
		}
		local := text == "." || text == ".." || strings.HasPrefix(text, "./") || strings.HasPrefix(text, "../")
		if !local {
			return nil, text + " is no main package of this module"
		}
		if below, ok := strings.CutSuffix(text, "/..."); ok {
			return c.findBelow(path.Clean(below))
		}
		dir = text
	}
	if m = c.mainAt(dir); m == nil {
		return nil, "there is no main package in " + path.Clean(dir)
	}
	return m, ""
}

func (c *collection) findBelow(dir string) (found *mainPackage, why string) {
	for i := range c.mains {
		m := &c.mains[i]
		if dir == "." || m.pkg == "./"+dir || strings.HasPrefix(m.pkg, "./"+dir+"/") {
			if found != nil {
				return nil, "there are several main packages in " + dir
			}
			found = m
		}
	}
	if found == nil {
		why = "there is no main package in " + dir
	}
	return found, why
}
