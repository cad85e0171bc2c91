package initconfig

import (
	"path"
	"slices"
	"strings"
)

// A makefile is the recipes of one, with the variables that can be read from it.
type makefile struct {
	recipes   []recipe
	variables map[string]string    // "" of those with several values
	built     map[string][]command // what builds has returned
}

// A recipe is the lines below a target.
type recipe struct {
	targets []string
	lines   []recipeLine
}

type recipeLine struct {
	text string // as the shell gets it, but for variables that are not known
	at   place
}

var (
	makeRule     = lazily(`^([\w./$(){}%-][^:=#]*)::?([^=].*|)$`)
	makeVariable = lazily(`^(?:export\s+|override\s+)?([A-Za-z_][\w.-]*)\s*(?::{0,3}|\?)=\s*(.*)$`)
	makeUse      = lazily(`\$\$|\$\(([\w.-]+)\)|\$\{([\w.-]+)\}`)
)

// readMakefile reads the file that make would; nil if there is none.
func (c *collection) readMakefile() *makefile {
	for _, name := range []string{"GNUmakefile", "makefile", "Makefile"} {
		if text, ok := c.file(name); ok {
			return parseMakefile(name, text)
		}
	}
	return nil
}

func parseMakefile(name, text string) *makefile {
	m := &makefile{variables: map[string]string{"MAKE": "make"}, built: make(map[string][]command)}
	seen := make(map[string]bool)
	lines := strings.Split(text, "\n")
	inDefine := false
	for i := 0; i < len(lines); i++ {
		at := place{name, i + 1}
		line := lines[i]
		var b strings.Builder
		for strings.HasSuffix(line, `\`) && i+1 < len(lines) {
			b.WriteString(strings.TrimSuffix(line, `\`))
			b.WriteByte(' ')
			i++
			line = strings.TrimLeft(lines[i], " \t")
		}
		b.WriteString(line)
		line = b.String()
		switch trimmed := strings.TrimSpace(line); {
		case strings.HasPrefix(trimmed, "define "), inDefine:
			inDefine = !strings.HasPrefix(trimmed, "endef")
		case strings.HasPrefix(line, "\t"):
			if n := len(m.recipes); n > 0 && trimmed != "" {
				r := &m.recipes[n-1]
				r.lines = append(r.lines, recipeLine{strings.TrimSpace(strings.TrimLeft(trimmed, "@-+")), at})
			}
		case trimmed == "" || trimmed[0] == '#':
		default:
			if v := makeVariable().FindStringSubmatch(trimmed); v != nil {
				value, _, _ := strings.Cut(v[2], " #")
				if seen[v[1]] {
					value = ""
				}
				seen[v[1]] = true
				m.variables[v[1]] = strings.TrimSpace(value)
			} else if r := makeRule().FindStringSubmatch(line); r != nil {
				m.recipes = append(m.recipes, recipe{targets: strings.Fields(r[1])})
			}
		}
	}
	for i := range m.recipes {
		for j := range m.recipes[i].lines {
			l := &m.recipes[i].lines[j]
			budget := maxExpanded
			l.text = m.expand(l.text, 0, &budget)
		}
	}
	return m
}

// maxExpanded is how many characters of variables are put into a line: what refers to others twice grows fast.
const maxExpanded = 10_000

// expand puts the values of variables in their places; those that are not known stay.
func (m *makefile) expand(text string, depth int, budget *int) string {
	return makeUse().ReplaceAllStringFunc(text, func(use string) string {
		if use == "$$" {
			return "$"
		}
		value := m.variables[strings.Trim(use, "${}()")]
		if *budget -= len(value); value == "" || strings.Contains(value, "$(shell") || depth > 3 || *budget < 0 {
			return use
		}
		return m.expand(value, depth+1, budget)
	})
}

// builds returns the commands of a target, if all of them can be read and they build or run a Go program.
func (m *makefile) builds(target string) []command {
	if m == nil {
		return nil
	}
	cmds, known := m.built[target]
	if !known {
		cmds = m.readBuild(target)
		m.built[target] = cmds
	}
	return cmds
}

func (m *makefile) readBuild(target string) []command {
	var found *recipe
	for i, r := range m.recipes {
		for _, t := range r.targets {
			if t == target && len(r.lines) > 0 {
				if found != nil {
					return nil
				}
				found = &m.recipes[i]
			}
		}
	}
	if found == nil {
		return nil
	}
	var cmds []command
	about := false
	for _, l := range found.lines {
		if strings.HasPrefix(l.text, "#") || strings.HasPrefix(l.text, "echo ") || strings.HasPrefix(l.text, "mkdir ") {
			continue
		}
		list, err := splitShell(l.text, l.at, target)
		if err != nil {
			return nil
		}
		about = about || builds(l.text)
		cmds = append(cmds, list...)
	}
	if !about {
		return nil
	}
	return cmds
}

// makefileLines reads the recipes' lines that call a watcher.
func (c *collection) makefileLines() {
	if c.makefile == nil {
		return
	}
	for _, r := range c.makefile.recipes {
		for _, l := range r.lines {
			c.watcherLine(l.text, l.at)
		}
	}
}

// looksUp begins a line that asks for a tool, or gets it.
var looksUp = lazily(`^(#|which |command -v |type |echo |printf |go install |go get |hash |brew |if )`)

// watcherLine reads a line of a shell if it calls a watcher.
func (c *collection) watcherLine(text string, at place) {
	if !anyWatcher().MatchString(text) || looksUp().MatchString(text) && !strings.Contains(text, "&&") {
		return
	}
	p := &program{from: at}
	cmds, err := splitShell(text, at, "")
	if err != nil {
		c.tell(at, "%v: %s", err, short(text))
		return
	}
	last := cmds[len(cmds)-1]
	inner := last.words
	if len(inner) == 3 && inner[1].text == "-c" && slices.Contains(shells, path.Base(inner[0].text)) {
		c.watcherLine(inner[2].text, at)
		return
	}
	tool, _ := watcherOf(inner)
	if tool == "" || tool == "templ" && !strings.Contains(text, "-cmd") {
		return
	}
	p.note = tool
	for i := range cmds {
		cmds[i].note = tool
	}
	if c.chain(cmds, p, 0) {
		c.add(p)
	}
}
