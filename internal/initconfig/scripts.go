package initconfig

import (
	"encoding/json"
	"strings"
)

// taskfile reads the commands of Taskfile.yml that call a watcher, where they stand on one line. It is read line by
// line: one that is more than `- air` or `cmd: air` is told or passed over.
func (c *collection) taskfile() {
	for _, name := range []string{"Taskfile.yml", "Taskfile.yaml", "taskfile.yml", "taskfile.yaml"} {
		text, ok := c.file(name)
		if !ok {
			continue
		}
		n := 0
		for line := range strings.Lines(text) {
			n++
			if m := taskCommand().FindStringSubmatch(strings.TrimRight(line, "\r\n \t")); m != nil {
				c.taskLine(m[1], place{name, n})
			}
		}
		return
	}
}

var taskCommand = lazily(`^\s+(?:-\s+(?:cmd:\s+|task:\s+)?|cmd:\s+|cmds:\s+)([^\s#].*)$`)

func (c *collection) taskLine(text string, at place) {
	switch {
	case text[0] == '"' || text[0] == '\'':
		inner := unquote(text)
		if inner == text || strings.ContainsAny(inner, `\`+text[:1]) {
			return
		}
		text = inner
	case strings.IndexByte("|>[{&*", text[0]) >= 0:
		return
	}
	if strings.Contains(text, "{{") && anyWatcher().MatchString(text) {
		c.tell(at, "{{ is for task: %s", short(text))
		return
	}
	c.watcherLine(text, at)
}

// packageJSON reads the scripts of package.json that call a watcher for Go.
func (c *collection) packageJSON() {
	const name = "package.json"
	text, ok := c.file(name)
	if !ok {
		return
	}
	d := json.NewDecoder(strings.NewReader(text))
	lines := lineCounter{text: text}
	line := func() int { return lines.at(int(d.InputOffset())) }
	depth, inScripts, key := 0, false, ""
	for {
		token, err := d.Token()
		if err != nil {
			if depth > 0 {
				c.tell(place{name, line()}, "not JSON from here on")
			}
			return
		}
		switch t := token.(type) {
		case json.Delim:
			switch t {
			case '{', '[':
				depth++
				inScripts = inScripts && depth > 2 || depth == 2 && key == "scripts" && t == '{'
			default:
				depth--
				inScripts = inScripts && depth >= 2
			}
			key = ""
		case string:
			switch {
			case (depth == 1 || inScripts && depth == 2) && key == "":
				key = t
				continue
			case inScripts && depth == 2 && (builds(t) || strings.HasPrefix(t, "templ ")):
				c.watcherLine(t, place{name, line()})
			}
			key = ""
		default:
			key = ""
		}
	}
}
