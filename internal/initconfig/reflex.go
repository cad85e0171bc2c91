package initconfig

import (
	"slices"
	"strings"
)

// reflexFiles reads the file of reflex: a command line a line.
func (c *collection) reflexFiles() {
	for _, name := range []string{"reflex.conf", ".reflex.conf", ".reflex"} {
		c.reflexFile(name)
	}
}

func (c *collection) reflexFile(name string) {
	for at, line := range c.lines(name) {
		// reflex splits the line as a shell would, and expands nothing: what looks like it is a regular expression.
		words, err := splitQuoted(line)
		if err != nil {
			c.tell(at, "%v", err)
			continue
		}
		p := &program{from: at, note: "reflex"}
		if c.reflexLine(command{words: words, at: at, note: p.note}, p, 0) {
			c.add(p)
		}
	}
}

// splitQuoted splits a line into words by blanks and quotes alone.
func splitQuoted(line string) ([]word, error) {
	var words []word
	var b strings.Builder
	in, quote := false, byte(0)
	for i := 0; i < len(line); i++ {
		ch := line[i]
		switch {
		case quote != 0 && ch == quote:
			quote = 0
		case quote == '\'':
			b.WriteByte(ch)
		case quote == 0 && (ch == '\'' || ch == '"'):
			quote, in = ch, true
		case ch == '\\' && i+1 < len(line) && (quote == 0 || line[i+1] == '"' || line[i+1] == '\\'):
			i++
			b.WriteByte(line[i])
			in = true
		case quote == 0 && (ch == ' ' || ch == '\t'):
			if in {
				words = append(words, word{text: b.String()})
				b.Reset()
				in = false
			}
		default:
			b.WriteByte(ch)
			in = true
		}
	}
	if quote != 0 {
		return nil, errQuote
	}
	if in {
		words = append(words, word{text: b.String()})
	}
	return words, nil
}

// reflexFlags are the short flags of reflex that have a value.
const reflexFlags = "rRgGcdet"

// reflexLine reads a command line of reflex.
func (c *collection) reflexLine(cmd command, p *program, depth int) bool {
	flags, rest := options(spreadFlags(cmd.words), "r", "R", "g", "G", "c", "d", "e", "t", "regex", "inverse-regex",
		"glob", "inverse-glob", "config", "decoration", "substitute", "shutdown-timeout")
	var include, exclude []string
	service, grace := false, ""
	for _, o := range flags {
		switch o.name {
		case "r", "regex":
			c.regexp(o.value.text, &include, p)
		case "R", "inverse-regex":
			c.regexp(o.value.text, &exclude, p)
		case "g", "glob":
			include = append(include, o.value.text)
		case "G", "inverse-glob":
			exclude = append(exclude, o.value.text)
		case "s", "start-service":
			service = o.value.text != "false"
		case "t", "shutdown-timeout":
			grace = o.value.text
		case "c", "config":
			c.reflexFile(o.value.text)
			return false
		}
	}
	if len(rest) == 0 {
		c.tell(p.from, "%s: it starts nothing", p.note)
		return false
	}
	if len(cmd.env)+len(rest) > 0 && !service && slices.ContainsFunc(rest, func(w word) bool { return w.text == "{}" }) {
		c.tell(p.from, "%s: {} stands for the file that was saved", p.note)
		return false
	}
	if !c.chain([]command{{cmd.env, rest, cmd.at, cmd.note}}, p, depth+1) {
		return false
	}
	p.ends = p.pkg == "" && !service
	if p.pkg == "" && len(include) == 0 {
		c.tell(p.from, "%s: whatever is saved starts it again: gorun needs an include", p.note)
	}
	if grace != "" {
		c.set(p, "grace", quote(grace), p.from, p.note)
	}
	c.patterns(p, "include", include, p.from, p.note)
	c.patterns(p, "exclude", exclude, p.from, p.note)
	return true
}

// spreadFlags takes short flags apart that stand together: -sr is -s -r.
func spreadFlags(words []word) []word {
	var list []word
	for i, w := range words {
		if w.text == "--" || !strings.HasPrefix(w.text, "-") && (i == 0 || !strings.HasPrefix(words[i-1].text, "-")) {
			return append(list, words[i:]...)
		}
		if len(w.text) < 3 || !strings.HasPrefix(w.text, "-") || w.text[1] == '-' || strings.Contains(w.text, "=") {
			list = append(list, w)
			continue
		}
		for j := 1; j < len(w.text); j++ {
			list = append(list, word{text: "-" + w.text[j:j+1]})
			if strings.IndexByte(reflexFlags, w.text[j]) >= 0 {
				if j+1 < len(w.text) {
					list = append(list, word{w.text[j+1:], w.why})
				}
				break
			}
		}
	}
	return list
}
