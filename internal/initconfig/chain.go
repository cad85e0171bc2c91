package initconfig

import (
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// shells are those whose -c takes a line.
var shells = []string{"sh", "bash", "zsh", "dash"}

// maxNested bounds what calls what: sh -c in a recipe in a script.
const maxNested = 5

// line reads a shell's line as the program that it starts. What p is called, and where it stands, is set; false means
// that it was told why there is none.
func (c *collection) line(text string, p *program) bool {
	cmds, err := splitShell(text, p.from, p.note)
	if err != nil {
		c.tell(p.from, "%s: %v: %s", p.note, err, short(text))
		return false
	}
	return c.chain(cmds, p, 0)
}

// short is a line as it is told.
func short(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > 60 {
		text = string(r[:59]) + "…"
	}
	return text
}

// chain makes of commands, each of which is run if the one before was right, the program that the last one is.
func (c *collection) chain(cmds []command, p *program, depth int) bool {
	if depth > maxNested {
		c.tell(p.from, "%s: it calls itself, or more than %d deep", p.note, maxNested)
		return false
	}
	cmds, why := c.unwrap(cmds, depth)
	if why != "" {
		c.tell(p.from, "%s: %s", p.note, why)
		return false
	}
	last := cmds[len(cmds)-1]
	before := cmds[:len(cmds)-1]
	if tool, rest := watcherOf(last.words); tool != "" {
		last.words = rest
		return c.watcher(tool, last, before, p, depth)
	}
	// What stands before a go run is what -exec is for.
	wrapper, goRun := []word(nil), last.words
	for i := 1; i+1 < len(last.words); i++ {
		if path.Base(last.words[i].text) == "go" && last.words[i+1].text == "run" {
			wrapper, goRun = last.words[:i], last.words[i:]
			break
		}
	}
	if g, ok := parseGo(goRun); ok {
		if g.verb != "run" {
			c.tell(last.at, "%s: it builds and starts nothing: %s", last.note, short(last.String()))
			return false
		}
		what, args := g.splitRun()
		if m, why := c.find(what); m == nil && len(what) > 0 && strings.Contains(what[0].text, "@") {
			return c.plainCommand(last, before, p)
		} else if m == nil {
			c.tell(last.at, "%s: %s", last.note, why)
			return false
		} else {
			return c.goProgram(m, g, last, last, wrapper, args, before, p)
		}
	}
	if name := path.Base(last.words[0].text); name == "go" && (len(last.words) < 2 || last.words[1].text != "tool") {
		c.tell(last.at, "%s: it starts no program: %s", last.note, short(last.String()))
		return false
	}
	// A go build before it may be what makes its executable.
	for i, b := range before {
		g, ok := parseGo(b.words)
		if !ok || g.verb == "run" {
			continue
		}
		at := slices.IndexFunc(last.words, func(w word) bool { return c.isOutput(g, w.text) })
		if at < 0 {
			continue
		}
		m, why := c.findOutput(g, last.words[at].text)
		if m == nil {
			c.tell(b.at, "%s: %s", b.note, why)
			return false
		}
		rest := slices.Delete(slices.Clone(before), i, i+1)
		return c.goProgram(m, g, b, last, last.words[:at], last.words[at+1:], rest, p)
	}
	file := last.words[0].text
	if m := c.mainBuilt(file); m != nil && last.words[0].why == "" && !c.isScript(file) {
		p.note += ": " + file + " is what is built of " + m.pkg
		return c.goProgram(m, goLine{}, command{}, last, nil, last.words[1:], before, p)
	}
	return c.plainCommand(last, before, p)
}

// isScript reports whether a path is a file that nobody has built: one that begins as scripts do.
func (c *collection) isScript(file string) bool {
	return strings.Contains(path.Base(file), ".") && !strings.HasSuffix(file, ".exe") && c.exists(file)
}

// isOutput reports whether a path is where a go build puts its executable.
func (c *collection) isOutput(g goLine, file string) bool {
	clean := func(s string) string { return strings.TrimSuffix(path.Clean(filepath.ToSlash(s)), ".exe") }
	if g.output != "" {
		out := clean(g.output)
		return clean(file) == out || path.Dir(clean(file)) == out
	}
	m, _ := c.find(g.operands)
	return m != nil && path.Base(clean(file)) == m.name && (g.verb == "install" || clean(file) == m.name)
}

// findOutput returns the main package of a go build: of several, the one that has the name of the executable.
func (c *collection) findOutput(g goLine, file string) (*mainPackage, string) {
	m, why := c.find(g.operands)
	if m != nil {
		return m, ""
	}
	if len(g.operands) == 1 && strings.HasSuffix(g.operands[0].text, "/...") {
		if m := c.mainBuilt(file); m != nil {
			return m, ""
		}
	}
	return nil, why
}

// unwrap looks into sh -c, exec, env and make, and at cd; why says what cannot be.
func (c *collection) unwrap(cmds []command, depth int) (list []command, why string) {
	for i, cmd := range cmds {
		if c.unwrapped++; c.unwrapped > maxCommands {
			return nil, "there are more than " + strconv.Itoa(maxCommands) + " commands"
		}
		for len(cmd.words) > 1 && slices.Contains([]string{"exec", "env", "nohup"}, cmd.words[0].text) &&
			!strings.HasPrefix(cmd.words[1].text, "-") {
			cmd.words = cmd.words[1:]
			for len(cmd.words) > 1 && assignment().MatchString(cmd.words[0].text) {
				cmd.env = append(slices.Clip(cmd.env), cmd.words[0])
				cmd.words = cmd.words[1:]
			}
		}
		switch name := path.Base(cmd.words[0].text); {
		case name == "cd":
			if to, _ := texts(cmd.words[1:]); len(to) != 1 || path.Clean(to[0]) != "." || i == len(cmds)-1 {
				return nil, "programs start in the directory of gorun.toml, and not where this goes: " +
					short(cmd.String())
			}
			continue
		case slices.Contains(shells, name) && len(cmd.words) == 3 && cmd.words[1].text == "-c" &&
			cmd.words[2].why == "" && len(cmd.env) == 0 && depth < maxNested:
			if inner, err := splitShell(cmd.words[2].text, cmd.at, cmd.note); err == nil {
				inner, why := c.unwrap(inner, depth+1)
				if why != "" {
					return nil, why
				}
				list = append(list, inner...)
				continue
			} else if builds(cmd.words[2].text) {
				return nil, err.Error()
			}
		case name == "make" && len(cmd.words) == 2 && len(cmd.env) == 0 && depth < maxNested:
			if inner := c.makefile.builds(cmd.words[1].text); inner != nil {
				inner, why := c.unwrap(inner, depth+1)
				if why != "" {
					return nil, why
				}
				list = append(list, inner...)
				continue
			}
		}
		list = append(list, cmd)
	}
	if len(list) == 0 {
		why = "it starts nothing"
	}
	return list, why
}

// builds reports whether a line is about a Go program: what cannot be read of it is no command for gorun.
func builds(line string) bool {
	return strings.Contains(line, "go run") || strings.Contains(line, "go build") || anyWatcher().MatchString(line)
}

func (cmd command) String() string {
	var list []string
	for _, w := range slices.Concat(cmd.env, cmd.words) {
		list = append(list, w.text)
	}
	return strings.Join(list, " ")
}

// goProgram makes p a Go program, which one command builds, perhaps the one that runs it; exec and args are the words
// of that one before the program and behind it.
func (c *collection) goProgram(
	m *mainPackage, g goLine, build, run command, exec, args []word, before []command, p *program,
) bool {
	p.pkg = m.pkg
	if p.name == "" {
		p.name = m.name
		switch out := strings.TrimSuffix(path.Base(slashed(g.output)), ".exe"); out {
		case ".", "main", "app", "tmp", "bin", "build":
		default:
			p.name = out
		}
	}
	for _, left := range g.left {
		c.tell(build.at, "%s: %s", build.note, left)
	}
	if g.chdir != "" && path.Clean(g.chdir) != "." {
		c.tell(build.at, "%s: -C %s: gorun builds in the directory of gorun.toml", build.note, g.chdir)
		return false
	}
	if len(g.tags) > 0 {
		c.set(p, "tags", list(g.tags), build.at, build.note)
	}
	if len(g.flags) > 0 {
		c.set(p, "build-flags", list(g.flags), build.at, build.note)
	}
	if build.String() != run.String() {
		for _, e := range build.env {
			c.tellForBuild(build, e)
		}
	}
	c.exec(p, run, exec)
	c.args(p, args, run)
	c.before(p, before)
	return true
}

// exec has variables and a command before the program: `go run`'s -exec is for that.
func (c *collection) exec(p *program, run command, words []word) {
	var list []word
	for _, e := range run.env {
		name, _, _ := strings.Cut(e.text, "=")
		switch {
		case forBuild(name):
			c.tellForBuild(run, e)
		case e.why != "":
			c.tell(run.at, "%s: %s: %s", run.note, e.text, e.why)
		default:
			list = append(list, e)
		}
	}
	if len(list) > 0 {
		list = append([]word{{text: "env"}}, list...)
	}
	list = append(list, words...)
	if len(list) == 0 {
		return
	}
	if path.Base(list[0].text) == "dlv" {
		c.tell(run.at, "%s: dlv is for gorun -debug=:2345", run.note)
		return
	}
	c.words(p, "exec", list, run.at, run.note)
}

// forBuild reports whether the go command reads a variable.
func forBuild(name string) bool {
	return strings.HasPrefix(name, "GO") && name != "GOMAXPROCS" && name != "GOGC" && name != "GODEBUG" &&
		name != "GOMEMLIMIT" && name != "GOTRACEBACK" && !strings.HasPrefix(name, "GO_") || strings.HasPrefix(name, "CGO_")
}

func (c *collection) tellForBuild(cmd command, e word) {
	c.tell(cmd.at, "%s: %s is for the build, which has gorun's own environment: go env -w sets it", cmd.note, e.text)
}

// args are those of a Go program.
func (c *collection) args(p *program, args []word, run command) {
	if len(args) == 0 {
		return
	}
	if p.args, _ = texts(args); p.args == nil {
		p.args = []string{}
	}
	c.words(p, "args", args, run.at, run.note)
}

// words sets a key whose value is a list of words.
func (c *collection) words(p *program, key string, words []word, from place, note string) {
	plain, why := texts(words)
	if why != "" {
		c.tell(from, "%s: %s are left out: %s", note, key, why)
		return
	}
	c.set(p, key, list(plain), from, note)
}

// before are commands that are run before a program is built, or started if it is not built by gorun.
func (c *collection) before(p *program, cmds []command) {
	key := "hooks.before-build"
	if p.pkg == "" && p.command != nil {
		key = "hooks.before-start"
	}
	c.hook(p, key, cmds)
}

func (c *collection) hook(p *program, key string, cmds []command) {
	cmds = slices.DeleteFunc(slices.Clone(cmds), func(cmd command) bool {
		return slices.Contains([]string{"true", "clear", ":", "echo"}, cmd.words[0].text)
	})
	switch len(cmds) {
	case 0:
	case 1:
		words := cmds[0].words
		if len(cmds[0].env) > 0 {
			words = slices.Concat([]word{{text: "env"}}, cmds[0].env, words)
		}
		c.words(p, key, words, cmds[0].at, cmds[0].note)
	default:
		// Which of them may be left out is not known here.
		for _, cmd := range cmds {
			c.tell(cmd.at, "%s: one of %d commands, and %s is one: %s", cmd.note, len(cmds),
				strings.TrimPrefix(key, "hooks."), short(cmd.String()))
		}
	}
}

// plainCommand makes p a command that is no Go program of this project.
func (c *collection) plainCommand(cmd command, before []command, p *program) bool {
	words := cmd.words
	if len(cmd.env) > 0 {
		words = slices.Concat([]word{{text: "env"}}, cmd.env, words)
	}
	plain, why := texts(words)
	if why != "" {
		c.tell(cmd.at, "%s: %s: %s", cmd.note, why, short(cmd.String()))
		return false
	}
	if plain[0] == "" || strings.Contains(strings.Join(plain, ""), "\x00") {
		c.tell(cmd.at, "%s: no command", p.note)
		return false
	}
	p.command = plain
	if p.name == "" {
		p.name = nameCommand(plain)
	}
	c.before(p, before)
	return true
}
