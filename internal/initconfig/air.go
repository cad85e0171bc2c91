package initconfig

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// airNames are the names that air has looked for its file under, the newest first; the first one that is there counts.
var airNames = []string{".air.toml", "air.toml", ".air.conf", "air.conf"}

// What air does without the keys of its file (its runner/config.go).
var (
	airCmd        = "go build -o ./tmp/main ."
	airBin        = "./tmp/main"
	airEndings    = []string{"go", "tpl", "tmpl", "html"}
	airExclude    = []string{"assets", "tmp", "vendor", "testdata"}
	airDelay      = int64(1000)
	airPlainRegex = []string{"_test.go", `_test\.go`, "_templ.go", `_templ\.go`, ".*_templ.go", `.*_templ\.go`}
)

// airFiles reads air's file.
func (c *collection) airFiles() {
	for _, name := range airNames {
		if c.exists(name) {
			c.airFile(name)
			return
		}
	}
}

// airFile reads an air file and enters the program that it starts.
func (c *collection) airFile(name string) {
	text, ok := c.file(name)
	if !ok {
		return
	}
	k, line, err := parseAir(name, text)
	if err != nil {
		c.tell(place{name, line}, "not read: %v", err)
		return
	}
	c.airProgram(k, &program{from: k.at("build.cmd"), note: "cmd"}, nil, nil)
}

// airLine reads a command line of air.
func (c *collection) airLine(cmd command, p *program) bool {
	file := ""
	k := &airKeys{values: make(map[string]any), lines: make(map[string]int), from: p.from, file: p.from.file}
	var args []word
	words := cmd.words
	for len(words) > 0 {
		w := words[0]
		words = words[1:]
		if w.text == "--" {
			args = append(args, words...)
			break
		}
		if !strings.HasPrefix(w.text, "-") {
			args = append(args, w)
			continue
		}
		name, value, given := strings.Cut(strings.TrimLeft(w.text, "-"), "=")
		if !given && len(words) > 0 && name != "d" && name != "v" {
			if words[0].why != "" {
				w.why = words[0].why
			}
			value, words = words[0].text, words[1:]
		}
		switch {
		case w.why != "":
			c.tell(p.from, "%s: -%s: %s", p.note, name, w.why)
			return false
		case name == "c":
			file = path.Clean(value)
		case strings.Contains(name, "."):
			k.values[name] = value
		case name == "env_files" || name == "root" || name == "tmp_dir":
			k.values[name] = value
		}
	}
	known := ""
	for _, name := range airNames {
		if known == "" && c.exists(name) {
			known = name
		}
	}
	if file == "" {
		file = known
	}
	if file != "" && file == known && len(k.values) == 0 {
		c.airAgain(file, cmd, args, p)
		return false
	}
	if file != "" {
		delete(c.read, file) // its keys count for this line again
		text, ok := c.file(file)
		if !ok {
			c.tell(p.from, "%s: %s cannot be read", p.note, file)
			return false
		}
		of, line, err := parseAir(file, text)
		if err != nil {
			c.tell(place{file, line}, "not read: %v", err)
			return false
		}
		for key, v := range of.values {
			if _, own := k.values[key]; !own {
				k.values[key], k.lines[key] = v, of.lines[key]
			}
		}
		k.file = file
	}
	c.airProgram(k, p, args, cmd.env)
	return false // it is entered already
}

// airAgain is for a line that runs air with the file that was read: it says at most a name, variables and arguments.
func (c *collection) airAgain(file string, cmd command, args []word, p *program) {
	for _, q := range c.programs {
		if q.from.file != file {
			continue
		}
		if p.given && !q.given {
			q.name, q.given = p.name, true
		}
		if len(args) > 0 && q.args == nil {
			c.args(q, args, cmd)
		}
		if len(cmd.env) > 0 && !slices.ContainsFunc(q.settings, func(s setting) bool { return s.key == "exec" }) {
			c.exec(q, cmd, nil)
		}
		return
	}
}

// airProgram makes a program of air's keys, with arguments of its command line, and enters it. Where it is not clear
// what is started, the other keys are for all programs.
func (c *collection) airProgram(k *airKeys, p *program, args, env []word) {
	if root := k.text("root"); root != "" && path.Clean(root) != "." {
		c.tell(k.at("root"), "root: gorun works in the directory of gorun.toml: gorun -C %s", short(root))
		return
	}
	if c.airBuild(k, p, args, env) {
		c.add(p)
		if !slices.Contains(c.programs, p) {
			return // another tool's file has it
		}
	} else {
		p = nil
	}
	c.airKill(k, p)
	c.airWatch(k, p)
	c.airRest(k, p)
}

// airKill reads how the program is ended, and started again.
func (c *collection) airKill(k *airKeys, p *program) {
	if k.bool("build.send_interrupt") {
		c.set(p, "signal", quote("INT"), k.at("build.send_interrupt"), "send_interrupt")
	}
	if d := k.duration("build.kill_delay"); d != "" {
		c.set(p, "grace", quote(d), k.at("build.kill_delay"), "kill_delay")
	}
	if k.bool("build.rerun") {
		c.set(p, "restart", quote("on-failure"), k.at("build.rerun"), "rerun, but not when it ends with status 0")
	}
}

// airWatch reads which files count.
func (c *collection) airWatch(k *airKeys, p *program) {
	if p == nil {
		p = &program{pkg: "."} // for the file's top
		defer func() { c.top = append(c.top, p.settings...) }()
	}
	at, note := k.at("build.include_ext"), "include_ext"
	endings := k.list("build.include_ext")
	if _, given := k.values["build.include_ext"]; !given {
		endings, note = airEndings, "what air includes without include_ext"
	}
	use := c.endings(p, endings, k.list("build.include_dir"), at, note)
	for _, file := range k.list("build.include_file") {
		use = append(use, literal(slashed(file)))
	}
	if len(k.list("build.include_dir")) > 0 {
		note += " in include_dir"
	}
	if len(k.list("build.include_file")) > 0 {
		note += ", include_file"
	}
	c.patterns(p, "include", use, at, note)

	at, note = k.at("build.exclude_dir"), "exclude_dir"
	dirs := k.list("build.exclude_dir")
	if _, given := k.values["build.exclude_dir"]; !given {
		dirs, note = airExclude, "what air excludes without exclude_dir"
	}
	tmp := path.Clean("./" + k.text("tmp_dir"))
	if tmp == "." {
		tmp = "tmp"
	}
	var exclude []string
	for _, dir := range dirs {
		// Of a directory that is not there, or in which nothing is watched, there is nothing to say.
		if clean := path.Clean("./" + slashed(dir)); clean != tmp && c.exists(clean) {
			exclude = append(exclude, literal(clean))
		}
	}
	if files := k.list("build.exclude_file"); len(files) > 0 {
		note += ", exclude_file"
		for _, file := range files {
			exclude = append(exclude, literal(slashed(file)))
		}
	}
	c.patterns(p, "exclude", exclude, at, note)
	for _, expr := range k.list("build.exclude_regex") {
		if !slices.Contains(airPlainRegex, strings.TrimSuffix(expr, "$")) {
			c.tell(k.at("build.exclude_regex"), "exclude_regex: gorun has patterns, not expressions: %s", short(expr))
		}
	}
	if k.bool("build.follow_symlink") {
		c.tell(k.at("build.follow_symlink"), "follow_symlink: include does not follow links to directories")
	}
}

// slashed is a path that may be written as on Windows.
func slashed(file string) string { return strings.ReplaceAll(file, `\`, "/") }

// dirsOf makes the beginnings of patterns of the directories that are watched; of none, all are.
func dirsOf(dirs []string) []string {
	var list []string
	for _, dir := range dirs {
		if dir = path.Clean("./" + slashed(dir)); dir != "." {
			list = append(list, literal(dir)+"/")
		}
	}
	if len(list) == 0 {
		return []string{""}
	}
	return list
}

// airRest reads keys that are about neither.
func (c *collection) airRest(k *airKeys, p *program) {
	if files := slices.Concat(k.list("env_files"), k.list("build.env_files")); len(files) > 0 {
		at := k.at("env_files")
		if len(k.list("env_files")) == 0 {
			at = k.at("build.env_files")
		}
		var use []string
		for _, file := range files {
			if c.exists(file) || path.IsAbs(file) {
				use = append(use, file)
			} else {
				c.tell(at, "env_files: there is no %s", short(file))
			}
		}
		if len(use) > 0 {
			c.set(p, "env", list(use), at, "env_files")
		}
	}
	if k.bool("proxy.enabled") {
		browser := strconv.FormatBool(true)
		if own, app := k.number("proxy.proxy_port"), k.number("proxy.app_port"); own != 0 && app != 0 {
			browser = quote(fmt.Sprintf(":%d,:%d", own, app))
		}
		c.set(p, "browser", browser, k.at("proxy.enabled"), "proxy: proxy_port, app_port")
	}
	if k.bool("build.poll") {
		c.set(p, "watcher", quote("poll"), k.at("build.poll"), "poll")
		if n := k.number("build.poll_interval"); n > 0 {
			c.set(p, "poll", quote(fmt.Sprintf("%dms", n)), k.at("build.poll_interval"), "poll_interval")
		}
	}
	if n := k.number("build.delay"); n != 0 && n != airDelay {
		c.tell(k.at("build.delay"), "delay: gorun builds at once, and waits by itself until files are left alone")
	}
	if k.bool("build.stop_on_error") {
		c.tell(k.at("build.stop_on_error"), "stop_on_error: a broken build leaves the program as it is")
	}
	for _, key := range slices.Sorted(maps.Keys(k.values)) {
		if strings.HasPrefix(key, "build.windows.") || strings.HasPrefix(key, "build.darwin.") ||
			strings.HasPrefix(key, "build.linux.") {
			c.tell(k.at(key), "%s: gorun.toml is the same on every system", short(strings.TrimPrefix(key, "build.")))
		}
	}
}
