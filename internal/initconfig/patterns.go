package initconfig

import (
	"slices"
	"strings"
)

// ofBuild reports whether a pattern is about files that gorun knows by itself: those that the build is made of, and
// those that are never in it.
func ofBuild(pattern string) bool {
	base := strings.TrimPrefix(strings.TrimSuffix(pattern[strings.LastIndexByte(pattern, '/')+1:], "*"), "*")
	base = strings.ReplaceAll(base, "?", ".") // the . of a regular expression
	switch base {
	case ".git", "vendor", "node_modules", "testdata", "go.mod", "go.sum", "go.work", ".mod", ".sum", ".work":
		return true
	}
	return strings.HasSuffix(base, ".go") || base == "_test" || base == "_templ"
}

// patterns sets include or exclude, without the patterns that say nothing to gorun.
func (c *collection) patterns(p *program, key string, patterns []string, from place, note string) {
	var use []string
	for _, pattern := range patterns {
		pattern = strings.TrimPrefix(strings.TrimSuffix(pattern, "/"), "./")
		known := p.pkg != "" && ofBuild(pattern)
		if pattern != "" && pattern != "." && !known && !slices.Contains(use, pattern) {
			use = append(use, pattern)
		}
	}
	if p.command != nil && key == "exclude" {
		for _, pattern := range use {
			c.tell(from, "%s: exclude %s: a command is started again for its include only", note, pattern)
		}
		return
	}
	if len(use) > 0 {
		c.set(p, key, list(use), from, note)
	}
}

// endings makes patterns of the endings of names, in some directories or everywhere.
func (c *collection) endings(p *program, endings, dirs []string, from place, note string) (patterns []string) {
	for _, ending := range endings {
		ending = strings.TrimPrefix(strings.TrimSpace(strings.TrimPrefix(ending, "*")), ".")
		switch {
		case ending == "templ":
			c.generated(p, ending, from, note)
			continue
		case ending == "" || strings.ContainsAny(ending, `/\*?[]{}`):
			c.tell(from, "%s: %q is no ending of names", note, ending)
			continue
		}
		for _, dir := range dirsOf(dirs) {
			patterns = append(patterns, dir+"**/*."+ending)
		}
	}
	return patterns
}

// literal is a pattern that matches a text alone.
func literal(text string) string {
	var b strings.Builder
	for i := range len(text) {
		if strings.IndexByte(`*?[]{}`, text[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// regexp adds the patterns that say the same as a regular expression; what none can say is told.
func (c *collection) regexp(expr string, to *[]string, p *program) {
	globs, ok := globsOf(expr)
	if !ok {
		c.tell(p.from, "%s: no patterns say the same as %s", p.note, short(expr))
		return
	}
	*to = append(*to, globs...)
}

var (
	wholeGroup = lazily(`^\^?\(([^()]*)\)(\$*)$`)
	tailGroup  = lazily(`^([^()|]*)\(([^()]*)\)(\$*)$`)
	plainExpr  = lazily(`^(?:[\w/ @~:,=_-]|\\[./_-]|\.)*$`)
)

// globsOf returns patterns for the files whose path, relative to the project, a regular expression matches somewhere;
// false if it is more than words, dots and .* with | between them, perhaps in one pair of parentheses.
func globsOf(expr string) (list []string, ok bool) {
	expr = strings.TrimSpace(expr)
	if m := wholeGroup().FindStringSubmatch(expr); m != nil {
		anchor := ""
		if expr[0] == '^' {
			anchor = "^"
		}
		for part := range strings.SplitSeq(m[1], "|") {
			if g, ok := globOf(anchor + part + m[2]); ok {
				list = append(list, g)
			} else {
				return nil, false
			}
		}
		return list, true
	}
	if m := tailGroup().FindStringSubmatch(expr); m != nil {
		for part := range strings.SplitSeq(m[2], "|") {
			if g, ok := globOf(m[1] + part + m[3]); ok {
				list = append(list, g)
			} else {
				return nil, false
			}
		}
		return list, true
	}
	for part := range strings.SplitSeq(expr, "|") {
		g, ok := globOf(part)
		if !ok {
			return nil, false
		}
		list = append(list, g)
	}
	return list, true
}

// globOf is globsOf of an expression without |.
func globOf(expr string) (string, bool) {
	text, anchored := strings.CutPrefix(expr, "^")
	ends := strings.HasSuffix(text, "$")
	text = strings.TrimRight(text, "$")
	// What .* stands for at the beginning and the end, no anchor says as well.
	for strings.HasPrefix(text, ".*") {
		text, anchored = text[2:], false
	}
	for strings.HasSuffix(text, ".*") && !strings.HasSuffix(text, `\.*`) {
		text, ends = text[:len(text)-2], false
	}
	parts := strings.Split(text, "/.*")
	for i, part := range parts {
		if !plainExpr().MatchString(part) || part == "" {
			return "", false
		}
		part = strings.ReplaceAll(part, `\.`, "\x00")
		part = strings.ReplaceAll(part, ".", "?")
		parts[i] = strings.NewReplacer("\x00", ".", `\`, "").Replace(part)
	}
	glob := strings.Join(parts, "/**/*")
	if !anchored {
		glob = "**/*" + strings.TrimPrefix(glob, "/")
	}
	switch {
	case ends:
	case strings.HasSuffix(glob, "/"):
		glob += "**"
	default:
		glob += "*"
	}
	return strings.TrimPrefix(glob, "./"), true
}
