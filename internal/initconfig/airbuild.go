package initconfig

import (
	"slices"
)

// airBuild reads how air builds the program and starts it: cmd, then full_bin or entrypoint or bin, and args_bin.
func (c *collection) airBuild(k *airKeys, p *program, more, env []word) bool {
	build := k.text("build.cmd")
	if build == "" {
		build = airCmd
	}
	at := k.at("build.cmd")
	cmds, err := splitShell(build, at, "cmd")
	if err != nil {
		c.tell(at, "cmd: %v: %s", err, short(build))
		return false
	}
	run, ok := c.airRun(k)
	if !ok {
		return false
	}
	run.env = slices.Concat(env, run.env)
	var args []word
	for _, s := range k.list("build.args_bin") {
		args = append(args, word{text: s})
	}
	args = append(args, more...)
	m, g, made, exec, inline, rest, why := c.airBuilt(cmds, run)
	if m == nil {
		c.tell(at, "cmd: %s: %s", why, short(build))
		return false
	}
	pre := c.shellLines(k, "build.pre_cmd", "pre_cmd")
	if len(args) > 0 && len(inline) == 0 {
		// They have a line of their own.
		if !c.goProgram(m, g, made, run, exec, nil, slices.Concat(pre, rest), p) {
			return false
		}
		run.at, run.note = k.at("build.args_bin"), "args_bin"
		c.args(p, args, run)
	} else if !c.goProgram(m, g, made, run, exec, slices.Concat(inline, args), slices.Concat(pre, rest), p) {
		return false
	}
	for _, cmd := range c.shellLines(k, "build.post_cmd", "post_cmd") {
		c.tell(cmd.at, "post_cmd: runs when air ends, and gorun's after-stop whenever the program does: %s",
			short(cmd.String()))
	}
	return true
}

// airBuilt finds what cmd builds: the main package, the command that makes it, what stands before and behind its
// executable where it is started, and the other commands. Where cmd leaves that to a tool that is not read here, it is
// the one main package that has the executable's name, or is alone.
func (c *collection) airBuilt(cmds []command, run command) (
	m *mainPackage, g goLine, made command, exec, inline []word, rest []command, why string,
) {
	cmds, why = c.unwrap(cmds, 0)
	if why != "" {
		return nil, g, made, nil, nil, nil, why
	}
	for i, cmd := range cmds {
		line, ok := parseGo(cmd.words)
		if !ok || line.verb == "run" {
			continue
		}
		at := slices.IndexFunc(run.words, func(w word) bool { return c.isOutput(line, w.text) })
		if at < 0 {
			continue
		}
		if m, why = c.findOutput(line, run.words[at].text); m == nil {
			return nil, g, made, nil, nil, nil, why
		}
		rest = slices.Delete(slices.Clone(cmds), i, i+1)
		return m, line, cmd, run.words[:at], run.words[at+1:], rest, ""
	}
	if m = c.mainBuilt(run.words[0].text); m == nil && len(c.mains) == 1 {
		m = &c.mains[0]
	}
	if m == nil {
		return nil, g, made, nil, nil, nil, "it is not clear which main package that builds"
	}
	for _, cmd := range cmds {
		if cmd.String() != airCmd {
			c.tell(cmd.at, "cmd: whether it builds %s, and with which flags, is not known here: %s", m.pkg, short(cmd.String()))
		}
	}
	return m, g, made, nil, run.words[1:], nil, ""
}

// airRun returns the command that starts the program.
func (c *collection) airRun(k *airKeys) (run command, ok bool) {
	for _, key := range []string{"full_bin", "entrypoint", "bin"} {
		at := k.at("build." + key)
		if words, isList := k.values["build."+key].([]any); isList {
			cmd := command{at: at, note: key}
			for _, w := range words {
				s, _ := w.(string)
				cmd.words = append(cmd.words, word{text: s})
			}
			if len(cmd.words) > 0 {
				return cmd, true
			}
			continue
		}
		text := slashed(k.text("build." + key))
		if text == "" || text == "false" { // of a command line's -build.full_bin=false
			continue
		}
		cmds, err := splitShell(text, at, key)
		if err == nil && len(cmds) == 1 {
			return cmds[0], true
		}
		c.tell(at, "%s: it is for a shell: %s", key, short(text))
		return run, false
	}
	return command{words: []word{{text: airBin}}, at: k.at("build.cmd"), note: "cmd"}, true
}

// shellLines returns the commands of a key: of one line, or a list of lines.
func (c *collection) shellLines(k *airKeys, key, note string) (list []command) {
	lines := k.list(key)
	if s := k.text(key); s != "" {
		lines = []string{s}
	}
	for _, line := range lines {
		cmds, err := splitShell(line, k.at(key), note)
		if err != nil {
			c.tell(k.at(key), "%s: %v: %s", note, err, short(line))
			continue
		}
		list = append(list, cmds...)
	}
	return list
}
