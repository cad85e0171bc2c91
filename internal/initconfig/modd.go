package initconfig

import (
	"path"
	"slices"
	"strings"
)

// moddFile reads modd.conf: each daemon is a program, which the preps of its block build.
func (c *collection) moddFile() {
	text, ok := c.file("modd.conf")
	if !ok {
		return
	}
	blocks, line, err := parseModd("modd.conf", text)
	if err != nil {
		c.tell(place{"modd.conf", line}, "not read: %v", err)
		return
	}
	for _, b := range blocks {
		c.moddBlock(b)
	}
}

func (c *collection) moddBlock(b moddBlock) {
	var preps []command
	var daemons []moddDirective
	for _, d := range b.directives {
		switch d.name {
		case "indir":
			if path.Clean(d.text) != "." {
				c.tell(d.at, "indir: gorun starts programs in the directory of gorun.toml: gorun -C %s", short(d.text))
				return
			}
		case "daemon":
			daemons = append(daemons, d)
		case "prep":
			if strings.Contains(d.text, "@") && (strings.Contains(d.text, "@mods") || strings.Contains(d.text, "@dirmods")) {
				c.tell(d.at, "prep: @mods and @dirmods stand for what was saved: %s", short(d.text))
				continue
			}
			cmds, err := splitShell(d.text, d.at, "prep")
			if err != nil {
				c.tell(d.at, "prep: %v: %s", err, short(d.text))
				continue
			}
			if strings.HasPrefix(cmds[0].String(), "go test") || strings.HasPrefix(cmds[0].String(), "go vet") {
				c.tell(d.at, "prep: it starts no program: %s", short(d.text))
				continue
			}
			preps = append(preps, cmds...)
		}
	}
	for _, d := range daemons {
		p := &program{from: d.at, note: "daemon"}
		cmds, err := splitShell(d.text, d.at, "daemon")
		if err != nil {
			c.tell(d.at, "daemon: %v: %s", err, short(d.text))
			continue
		}
		if c.chain(slices.Concat(preps, cmds), p, 0) {
			c.moddProgram(b, d, p)
		}
	}
	if len(daemons) > 0 {
		return
	}
	for _, prep := range preps {
		if _, ok := parseGo(prep.words); ok {
			c.tell(prep.at, "prep: it starts no program: %s", short(prep.String()))
			continue
		}
		p := &program{from: prep.at, note: "prep, which ends", ends: true}
		if c.plainCommand(prep, nil, p) {
			c.moddProgram(b, moddDirective{at: prep.at}, p)
		}
	}
}

// moddSignals are the options of a daemon that say how it is ended.
var moddSignals = map[string]string{
	"+sighup": "HUP", "+sigterm": "TERM", "+sigint": "INT", "+sigkill": "KILL", "+sigquit": "QUIT", "+sigusr1": "USR1",
	"+sigusr2": "USR2",
}

func (c *collection) moddProgram(b moddBlock, d moddDirective, p *program) {
	for _, o := range d.options {
		if s := moddSignals[o]; s == "" {
			c.tell(d.at, "daemon: %s", short(o))
		} else if s != "TERM" {
			c.set(p, "signal", quote(s), d.at, o)
		}
	}
	c.patterns(p, "include", b.patterns, b.at, "the block's patterns")
	c.patterns(p, "exclude", b.exclude, b.at, "the block's patterns with !")
	c.add(p)
}
