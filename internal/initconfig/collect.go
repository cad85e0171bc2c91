package initconfig

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/gorun-dev/gorun/internal/config"
	"github.com/gorun-dev/gorun/internal/plainfile"
)

// Limits that no project's own files come near, so that a hostile one ends soon.
const (
	maxFile     = 1 << 20 // bytes: a thousand times what these files have
	maxTold     = 100     // lines: nobody reads more
	maxPrograms = 100     // of one gorun.toml
	maxCommands = 100_000 // of all lines, with those of recipes each time that they are called
	maxTell     = 400     // characters of a line that is told
)

// lazily compiles an expression when it is first used: gorun starts itself many times, and almost never for -init.
func lazily(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

// A place is where something stands. Files are named relative to the project, with slashes.
type place struct {
	file string
	line int // from 1
}

func (p place) String() string { return p.file + ":" + strconv.Itoa(p.line) }

// A lineCounter says on which line of a text something stands. Asked in the text's order, it reads the text once.
type lineCounter struct {
	text         string
	offset, line int // how far it has read
}

func (l *lineCounter) at(offset int) int {
	if offset < l.offset {
		l.offset, l.line = 0, 0
	}
	l.line += strings.Count(l.text[l.offset:offset], "\n")
	l.offset = offset
	return l.line + 1
}

// A setting is one line of gorun.toml.
type setting struct {
	key   string
	value string // TOML
	from  place
	note  string // what the comment says behind the place
}

// A program is one that is to be in gorun.toml.
type program struct {
	name     string
	given    bool // the name stands in a file; else it is made of the package or command
	from     place
	note     string
	pkg      string   // "./cmd/api"; "" of a command
	command  []string // else
	args     []string // of a Go program; nil if none are said
	settings []setting
	absorbed []string // files that start this program, too
	ends     bool     // it is a step that ends, such as a generator
}

// A collection is what has been found so far.
type collection struct {
	dir      string
	keys     []config.Key
	mains    []mainPackage
	makefile *makefile
	programs []*program
	top      []setting       // for all programs
	told     []string        // at most maxTold
	untold   int             // how many more there would be
	read     map[string]bool // files that were read as those of another tool

	unwrapped int // commands, at most maxCommands
}

// tell notes what could not be taken over.
func (c *collection) tell(at place, format string, args ...any) {
	if len(c.told) == maxTold {
		c.untold++
		return
	}
	text := strings.ReplaceAll(at.String()+": "+fmt.Sprintf(format, args...), "\n", " ")
	if r := []rune(text); len(r) > maxTell {
		text = string(r[:maxTell]) + "…"
	}
	c.told = append(c.told, text)
}

func (c *collection) toldLines() []string {
	if c.untold > 0 {
		return append(slices.Clip(c.told), fmt.Sprintf("and %d more", c.untold))
	}
	return c.told
}

// file reads a file of the project; false if there is none, or it is told why it cannot be read.
func (c *collection) file(name string) (string, bool) {
	if c.read[name] {
		return "", false
	}
	c.read[name] = true
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		c.tell(place{name, 1}, "not read: it is outside of the project")
		return "", false
	}
	data, err := plainfile.Read(filepath.Join(c.dir, filepath.FromSlash(name)))
	var why *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", false
	case errors.As(err, &why):
		c.tell(place{name, 1}, "cannot be read: %v", why.Err)
		return "", false
	case err != nil:
		c.tell(place{name, 1}, "cannot be read: %v", err)
		return "", false
	case len(data) > maxFile:
		c.tell(place{name, 1}, "not read: larger than %d MiB", maxFile>>20)
		return "", false
	case !utf8.Valid(data):
		c.tell(place{name, 1}, "not read: it is not UTF-8")
		return "", false
	}
	text := strings.TrimPrefix(string(data), "\ufeff")
	return strings.ReplaceAll(text, "\r\n", "\n"), true
}

// lines are those of a file of the project that say something, with their places; lines that begin with # do not.
func (c *collection) lines(name string) iter.Seq2[place, string] {
	return func(yield func(place, string) bool) {
		text, _ := c.file(name)
		n := 0
		for line := range strings.Lines(text) {
			n++
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' && !yield(place{name, n}, line) {
				return
			}
		}
	}
}

// exists reports whether there is something at a path of the project.
func (c *collection) exists(name string) bool {
	_, err := os.Stat(filepath.Join(c.dir, filepath.FromSlash(name)))
	return err == nil
}

// set gives a program, or with nil all of them, a setting; where gorun.toml could not have it, that is told.
func (c *collection) set(p *program, key, value string, from place, note string) {
	list := &c.top
	table := ""
	if p != nil && !c.isWhole(key) {
		list, table = &p.settings, "[program.x]\npackage = \".\"\n"
		if p.pkg == "" && p.command != nil {
			table = "[program.x]\ncommand = [\"x\"]\n"
		}
	}
	if slices.ContainsFunc(*list, func(s setting) bool { return s.key == key }) {
		c.tell(from, "%s: there is a %s already", note, key)
		return
	}
	line := table + key + " = " + value + "\n"
	if _, err := config.Parse(config.Name, config.Name, []byte(line), c.keys); err != nil {
		why := err.Error()
		var e *config.Error
		if errors.As(err, &e) {
			why = e.Text
		}
		c.tell(from, "%s: %s", note, why)
		return
	}
	*list = append(*list, setting{key, value, from, note})
}

func (c *collection) isWhole(key string) bool {
	return slices.ContainsFunc(c.keys, func(k config.Key) bool { return k.Name == key && k.Whole })
}

// add enters a program. One package may be started by several tools' files: the first counts, and each other file
// may say it once more, while a file that starts a package twice means two programs.
func (c *collection) add(p *program) {
	if len(c.programs) == maxPrograms {
		c.tell(p.from, "%s: more than %d programs", p.note, maxPrograms)
		return
	}
	for _, q := range c.programs {
		if p.pkg == "" || q.pkg != p.pkg || q.from.file == p.from.file || slices.Contains(q.absorbed, p.from.file) ||
			p.args != nil && q.args != nil && !slices.Equal(p.args, q.args) {
			continue
		}
		q.absorbed = append(q.absorbed, p.from.file)
		if p.given && !q.given {
			q.name, q.given = p.name, true
		}
		c.tell(p.from, "%s: %s is started by %s, too, which counts", p.note, p.pkg, q.from)
		return
	}
	c.programs = append(c.programs, p)
}

// only returns the one program, if it is a Go program: its settings are those of the file's top.
func (c *collection) only() *program {
	if len(c.programs) == 1 && c.programs[0].pkg != "" {
		return c.programs[0]
	}
	return nil
}

// nameOf makes a name of a text: what stands in a table's header.
func nameOf(text string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		}
		return '-'
	}, text)
	return strings.Trim(name, "-")
}

// nameCommand makes a name of a command: npm run css is css.
func nameCommand(words []string) string {
	name := path.Base(filepath.ToSlash(words[0]))
	switch name {
	case "npm", "pnpm", "yarn", "bun", "make", "npx", "task", "sh", "bash":
		for _, w := range words[1:] {
			if n := nameOf(w); n == w && n != "" && w != "run" && w != "exec" {
				return w
			}
		}
	}
	return nameOf(name)
}

// nameAll gives each program a name of its own: where packages have one name, what stands before it in their paths
// goes with it.
func (c *collection) nameAll() {
	for _, p := range c.programs {
		p.name = nameOf(p.name)
	}
	taken := func(p *program) bool {
		return slices.ContainsFunc(c.programs, func(q *program) bool { return q != p && q.name == p.name && q.pkg != p.pkg })
	}
	longer := make(map[*program]string)
	for _, p := range c.programs {
		elements := strings.Split(p.pkg, "/")
		if p.given || p.pkg == "" || !taken(p) {
			continue
		}
		for n := len(elements) - 2; n > 0; n-- {
			if elements[n] != "cmd" && elements[n] != p.name && elements[n] != "." {
				longer[p] = nameOf(elements[n] + "-" + p.name)
				break
			}
		}
	}
	for p, name := range longer {
		p.name = name
	}
	seen := make(map[string]bool)
	for _, p := range c.programs {
		name := cmp.Or(p.name, "program")
		p.name = name
		for n := 2; seen[p.name]; n++ {
			p.name = name + "-" + strconv.Itoa(n)
		}
		seen[p.name] = true
	}
}
