package initconfig

import (
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/gorun-dev/gorun/internal/goflags"
)

// watcherNames are the tools whose command lines are read here.
var watcherNames = []string{
	"air", "reflex", "wgo", "gow", "nodemon", "CompileDaemon", "compileDaemon", "templ", "modd", "overmind", "foreman",
	"goreman", "hivemind", "honcho",
}

// anyWatcher finds one of them where a command may stand.
var anyWatcher = lazily(`(^|&&|;|\||exec |go tool |npx |sh -c ['"])\s*[@-]*(\w+=\S*\s+)*([\w.$(){}/-]*/)?` +
	`((air|reflex|wgo|gow|nodemon|[Cc]ompileDaemon|modd)(\s|$)|templ generate.*-cmd)|` +
	`go run \S*/(air|reflex|wgo|gow|CompileDaemon|modd)@`)

// watcherOf returns the watcher that words call, and its arguments; "" if they call none.
func watcherOf(words []word) (tool string, rest []word) {
	name := func(i int) string {
		if i >= len(words) {
			return ""
		}
		s, _, _ := strings.Cut(words[i].text, "@")
		if majorVersion().MatchString(path.Base(s)) {
			s = path.Dir(s)
		}
		return strings.TrimSuffix(path.Base(s), ".exe")
	}
	n := 0
	switch {
	case name(0) == "go" && name(1) == "tool":
		n = 2
	case name(0) == "go" && name(1) == "run" && len(words) > 2 && strings.Contains(words[2].text, "@"):
		n = 2
	case name(0) == "npx":
		n = 1
	}
	if !slices.Contains(watcherNames, name(n)) {
		return "", nil
	}
	return name(n), words[n+1:]
}

// watcher makes of a watcher's command line the program that the watcher starts.
func (c *collection) watcher(tool string, cmd command, before []command, p *program, depth int) bool {
	if tool == "templ" {
		return c.templ(cmd, before, p, depth)
	}
	if p.note != tool {
		p.note += ": " + tool
	}
	for _, b := range before {
		// A watcher's line runs it once; before-build would run it each time.
		if _, ok := parseGo(b.words); !ok && b.words[0].text != "echo" && b.words[0].text != "clear" {
			c.tell(b.at, "%s: run once before: %s", p.note, short(b.String()))
		}
	}
	switch tool {
	case "air":
		return c.airLine(cmd, p)
	case "reflex":
		return c.reflexLine(cmd, p, depth)
	case "wgo":
		return c.wgo(cmd, p, depth)
	case "gow":
		return c.gow(cmd, p, depth)
	case "nodemon":
		return c.nodemon(cmd, p, depth)
	case "CompileDaemon", "compileDaemon":
		return c.compileDaemon(cmd, p)
	case "modd":
		if file := valueOf(cmd.words, "f", "file"); file != "" && file != "modd.conf" {
			c.tell(p.from, "%s: %s is not read, only modd.conf", p.note, file)
		}
	}
	return false // what runs a Procfile, or modd: those files are read by themselves
}

// An option is a flag of another tool with its value.
type option struct {
	name  string
	value word
}

// options divides words into flags and what follows them; takes says which flags have a value.
func options(words []word, takes ...string) (list []option, rest []word) {
	for len(words) > 0 && strings.HasPrefix(words[0].text, "-") && words[0].text != "-" {
		w := words[0]
		words = words[1:]
		if w.text == "--" {
			break
		}
		name, value, given := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(w.text, "-"), "-"), "=")
		o := option{name, word{value, w.why}}
		if !given && slices.Contains(takes, name) && len(words) > 0 {
			o.value, words = words[0], words[1:]
		}
		list = append(list, o)
	}
	return list, words
}

// valueOf returns the value of a flag among words, "" if it is not there.
func valueOf(words []word, names ...string) string {
	list, _ := options(words, names...)
	for _, o := range list {
		if slices.Contains(names, o.name) {
			return o.value.text
		}
	}
	return ""
}

// wgo reads wgo's command line: commands with :: between them, in parallel those that begin with wgo again.
func (c *collection) wgo(cmd command, p *program, depth int) bool {
	var parallel [][]word
	parts := [][]word{nil}
	for i := 0; i < len(cmd.words); i++ {
		w := cmd.words[i]
		if w.text == "::" && i+1 < len(cmd.words) && cmd.words[i+1].text == "wgo" {
			parallel = append(parallel, cmd.words[i+1:])
			break
		}
		if w.text == "::" {
			parts = append(parts, nil)
			continue
		}
		parts[len(parts)-1] = append(parts[len(parts)-1], w)
	}
	flags, first := options(parts[0], wgoFlags...)
	if len(first) > 0 && first[0].text == "run" {
		// wgo's flags and those of the build may be mixed behind it.
		more, build, rest := wgoRun(first[1:])
		flags = append(flags, more...)
		first = slices.Concat([]word{{text: "go"}, {text: "run"}}, build, rest)
	}
	parts[0] = first
	var cmds []command
	for _, words := range parts {
		words = slices.DeleteFunc(words, func(w word) bool { return w.text == "" })
		if len(words) > 0 {
			cmds = append(cmds, command{words: words, at: cmd.at, note: cmd.note})
		}
	}
	ok := false
	if len(cmds) == 0 {
		c.tell(p.from, "%s: it starts nothing", p.note)
	} else {
		cmds[len(cmds)-1].env = cmd.env
		ok = c.chain(cmds, p, depth+1)
	}
	if ok {
		c.wgoOptions(flags, p)
	}
	for _, words := range parallel {
		q := &program{from: p.from, note: "wgo"}
		if c.chain([]command{{words: words, at: cmd.at, note: q.note}}, q, depth+1) {
			c.add(q)
		}
	}
	return ok
}

// wgoFlags are those of wgo that have a value.
var wgoFlags = []string{"root", "file", "xfile", "dir", "xdir", "cd", "debounce", "poll"}

// wgoRun divides what follows wgo run.
func wgoRun(words []word) (flags []option, build, rest []word) {
	for len(words) > 0 && strings.HasPrefix(words[0].text, "-") {
		name, _, given := strings.Cut(strings.TrimLeft(words[0].text, "-"), "=")
		n := 1
		takes := slices.Contains(wgoFlags, name)
		own := takes || slices.Contains([]string{"exit", "stdin", "verbose", "postpone", "log-prefix"}, name)
		if !own {
			i := slices.IndexFunc(goflags.Flags(), func(f goflags.Flag) bool { return f.Name == name })
			takes = i >= 0 && !goflags.Flags()[i].Bool
		}
		if takes && !given && len(words) > 1 {
			n = 2
		}
		if own {
			list, _ := options(words[:n], wgoFlags...)
			flags = append(flags, list...)
		} else {
			build = append(build, words[:n]...)
		}
		words = words[n:]
	}
	return flags, build, words
}

func (c *collection) wgoOptions(flags []option, p *program) {
	var include, exclude, endings []string
	for _, o := range flags {
		text := o.value.text
		switch o.name {
		case "file", "dir":
			// People write .html for what is to be \.html$.
			if ending := strings.TrimPrefix(text, "."); o.name == "file" && ending != text && nameOf(ending) == ending {
				endings = append(endings, ending)
				continue
			}
			c.regexp(text, &include, p)
		case "xfile", "xdir":
			c.regexp(text, &exclude, p)
		case "cd", "root":
			c.tell(p.from, "%s: -%s: gorun starts programs in the directory of gorun.toml", p.note, o.name)
		case "poll":
			c.set(nil, "watcher", quote("poll"), p.from, p.note)
		}
	}
	include = append(include, c.endings(p, endings, nil, p.from, p.note)...)
	c.patterns(p, "include", include, p.from, p.note)
	c.patterns(p, "exclude", exclude, p.from, p.note)
}

// gow reads gow's command line, whose rest is the go command's.
func (c *collection) gow(cmd command, p *program, depth int) bool {
	flags, rest := options(cmd.words, "e", "w", "i", "p")
	if len(rest) == 0 || rest[0].text != "run" {
		c.tell(p.from, "%s: it starts no program", p.note)
		return false
	}
	rest = append([]word{{text: "go"}}, rest...)
	if !c.chain([]command{{cmd.env, rest, cmd.at, cmd.note}}, p, depth+1) {
		return false
	}
	for _, o := range flags {
		switch o.name {
		case "e":
			endings := c.endings(p, strings.Split(o.value.text, ","), nil, p.from, p.note)
			c.patterns(p, "include", endings, p.from, p.note)
		case "i":
			c.patterns(p, "exclude", strings.Split(o.value.text, ","), p.from, p.note)
		}
	}
	return true
}

// nodemon reads nodemon's command line. Its flags may stand anywhere, and -exec's value is a shell's line; what
// follows without a flag is added to that.
func (c *collection) nodemon(cmd command, p *program, depth int) bool {
	var run []word
	var exclude []string
	ext, signal, poll := "", "", false
	words := cmd.words
	for len(words) > 0 {
		flags, rest := options(words, "exec", "x", "ext", "e", "watch", "w", "ignore", "i", "signal", "s", "delay", "d")
		for _, o := range flags {
			switch o.name {
			case "exec", "x":
				inner, err := splitShell(o.value.text, cmd.at, cmd.note)
				if err != nil || len(inner) != 1 {
					c.tell(p.from, "%s: %s is for a shell", p.note, short(o.value.text))
					return false
				}
				cmd.env = append(slices.Clip(cmd.env), inner[0].env...)
				run = append(inner[0].words, run...)
			case "ext", "e":
				ext = o.value.text
			case "ignore", "i":
				exclude = append(exclude, o.value.text)
			case "signal", "s":
				signal = o.value.text
			case "legacy-watch", "L":
				poll = true
			}
		}
		if len(rest) > 0 {
			run, rest = append(run, rest[0]), rest[1:]
		}
		words = rest
	}
	if len(run) == 0 {
		c.tell(p.from, "%s: it starts no command", p.note)
		return false
	}
	if !c.chain([]command{{cmd.env, run, cmd.at, cmd.note}}, p, depth+1) {
		return false
	}
	if ext != "" {
		list := strings.FieldsFunc(ext, func(r rune) bool { return r == ',' || r == ' ' })
		c.patterns(p, "include", c.endings(p, list, nil, p.from, p.note), p.from, p.note)
	}
	if signal != "" {
		c.set(p, "signal", quote(strings.TrimPrefix(signal, "SIG")), p.from, p.note)
	}
	if poll {
		c.set(nil, "watcher", quote("poll"), p.from, p.note)
	}
	c.patterns(p, "exclude", exclude, p.from, p.note)
	return true
}

// compileDaemon reads CompileDaemon's command line: a build and what is started then.
func (c *collection) compileDaemon(cmd command, p *program) bool {
	build, run := word{text: "go build"}, word{}
	var include, exclude []string
	var grace setting
	poll := false
	flags, _ := options(cmd.words, "build", "command", "include", "exclude", "exclude-dir", "pattern", "directory",
		"graceful-timeout", "build-dir", "run-dir", "log-prefix", "color", "polling-interval")
	for _, o := range flags {
		switch o.name {
		case "build":
			build = o.value
		case "command":
			run = o.value
		case "include":
			include = append(include, "**/"+o.value.text)
		case "exclude":
			exclude = append(exclude, "**/"+o.value.text)
		case "exclude-dir":
			exclude = append(exclude, "**/"+o.value.text)
		case "pattern":
			c.regexp(o.value.text, &include, p)
		case "graceful-timeout":
			grace.value = quote(o.value.text + "s")
		case "polling":
			poll = true
		case "directory", "build-dir", "run-dir":
			if path.Clean(o.value.text) != "." {
				c.tell(p.from, "%s: -%s: gorun works in the directory of gorun.toml", p.note, o.name)
				return false
			}
		}
	}
	if run.text == "" {
		c.tell(p.from, "%s: it builds and starts nothing", p.note)
		return false
	}
	if !c.buildAndRun(build, run, cmd.env, p) {
		return false
	}
	c.patterns(p, "include", include, p.from, p.note)
	c.patterns(p, "exclude", exclude, p.from, p.note)
	if grace.value != "" {
		c.set(p, "grace", grace.value, p.from, p.note)
	}
	if poll {
		c.set(nil, "watcher", quote("poll"), p.from, p.note)
	}
	return true
}

// buildAndRun reads two lines: one that builds, and one that starts what it has built.
func (c *collection) buildAndRun(build, run word, env []word, p *program) bool {
	var cmds []command
	for _, w := range []word{build, run} {
		list, err := splitShell(w.text, p.from, p.note)
		if err == nil && w.why != "" {
			c.tell(p.from, "%s: %s", p.note, w.why)
			return false
		}
		if err != nil {
			c.tell(p.from, "%s: %v: %s", p.note, err, short(w.text))
			return false
		}
		cmds = append(cmds, list...)
	}
	last := &cmds[len(cmds)-1]
	last.env = slices.Concat(env, last.env)
	return c.chain(cmds, p, 1)
}

// templ reads templ's generate, which may watch, start a program, and stand before it for browsers.
func (c *collection) templ(cmd command, before []command, p *program, depth int) bool {
	var run, proxy, proxyPort string
	watch := false
	if len(cmd.words) > 0 && cmd.words[0].text == "generate" {
		flags, _ := options(cmd.words[1:], "cmd", "proxy", "proxyport", "proxybind", "path", "f", "w", "watch-pattern")
		for _, o := range flags {
			switch o.name {
			case "watch":
				watch = o.value.text != "false"
			case "cmd":
				run = o.value.text
			case "proxy":
				proxy = o.value.text
			case "proxyport":
				proxyPort = o.value.text
			}
		}
	}
	if !watch || run == "" {
		cmd.words = append([]word{{text: "templ"}}, cmd.words...)
		return c.plainCommand(cmd, before, p)
	}
	p.note += ": templ generate -watch"
	inner, err := splitShell(run, cmd.at, cmd.note)
	if err != nil {
		c.tell(p.from, "%s: %v: %s", p.note, err, short(run))
		return false
	}
	if !c.chain(slices.Concat(before, inner), p, depth+1) {
		return false
	}
	if p.pkg == "" {
		return true
	}
	c.generated(p, "templ", p.from, p.note)
	if u, err := url.Parse(proxy); err == nil && u.Port() != "" {
		if proxyPort == "" {
			proxyPort = "7331" // templ's default
		}
		c.set(p, "browser", quote(":"+proxyPort+",:"+u.Port()), p.from, p.note)
	}
	return true
}

// generated has files of a kind that Go code is made of run the directives that make it.
func (c *collection) generated(p *program, kind string, from place, note string) {
	c.set(p, "generate", strconv.FormatBool(true), from, note)
	c.tell(from, "%s: a save of a .%s file is acted on by a line //go:generate %[2]s generate in a package of the program",
		note, kind)
}
