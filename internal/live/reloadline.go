package live

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/internal/event"
)

// The reload line: what changed, how it was built, and how long it took.

// startReason is the reason of the first start, builtAgain that of a build that no
// save is behind.
const (
	startReason = "start"
	builtAgain  = "changed while it was built"
)

// A Reloaded is a reload that has ended well, as a line and in parts.
type Reloaded struct {
	Line    string
	Reason  string // what the line begins with
	Outcome string // what became of the program, in a word or two: swapped, restarted
	Took    time.Duration
}

// why is the reason of what is built now, in the words of its reload line.
func (m *machine) why() string {
	switch {
	case m.changes.pending != nil:
		return m.changes.label(m.settings.Dir)
	case m.journal.isStart(m.reload):
		return startReason
	}
	return builtAgain
}

// label names a change in a reload line: its first file that matters, relative
// to dir if it is below and quoted if its name could be taken for something else, and how
// many more there are.
func label(c *depgraph.Change, dir string) string {
	if c == nil {
		return builtAgain
	}
	var names []string
	files := paths(c)
	for _, d := range c.Details {
		switch {
		case d.Kind == depgraph.None:
		case files != nil && d.Reason == askedFor: // and has failed
		case !slices.Contains(names, d.Path):
			names = append(names, d.Path)
		}
	}
	first, more := "", len(names)-1
	if len(names) > 0 {
		first = names[0]
	}
	if filepath.IsAbs(first) { // else it is no file, but words
		if rel, err := filepath.Rel(dir, first); err == nil && filepath.IsLocal(rel) {
			first = rel
		}
		first = quoteName(first)
	}
	if more > 0 {
		return fmt.Sprintf("%s (+%d)", first, more)
	}
	return first
}

// quoteName makes of a file's name a word of a sentence. Most are one.
func quoteName(name string) string {
	odd := func(r rune) bool { return r == ' ' || r == '"' || r == '\'' || r == '`' || !unicode.IsPrint(r) }
	if name == "" || !utf8.ValidString(name) || strings.ContainsFunc(name, odd) {
		return strconv.Quote(name)
	}
	return name
}

// plainReason is a reason without the quotes of label: for a hook, which no person reads.
func plainReason(reason string) string {
	quoted, err := strconv.QuotedPrefix(reason)
	if err != nil || !strings.HasPrefix(quoted, `"`) {
		return reason
	}
	name, err := strconv.Unquote(quoted)
	if err != nil {
		return reason
	}
	return name + reason[len(quoted):]
}

// swapped tells that a program serves now, and says its reload line, at once or when it is
// ready. Before anything was acted on, a start is go run's, which says nothing.
func (j *journal) swapped(now time.Time, profile string, p *instance, acted bool) []effect {
	v := p.version
	e := event.Event{Kind: event.Swapped, Reason: v.Reason, How: v.How, Pid: p.pid}
	if r := p.restart; r != nil {
		e.Kind, e.Reason, e.How = event.Restarted, r.reason, ""
	}
	effects := []effect{j.tell(now, profile, p.reload, e)}
	p.reload.over = true
	line := Reloaded{Reason: v.Reason, Outcome: "swapped", Took: p.reload.took()}
	line.Line = fmt.Sprintf("%s: %s, swapped in %s", v.Reason, v.How, line.Took)
	if p.restart != nil {
		line.Reason, line.Outcome = p.restart.reason, "restarted"
		line.Line = fmt.Sprintf("%s: restarted in %s", line.Reason, line.Took)
	}
	j.line = line.Line
	switch {
	case p.restart == nil && !acted:
	case p.settings.Probe && !p.ready:
		p.line = line
	default:
		effects = append(effects, reloaded{line})
	}
	return effects
}

// ready says the reload line that has waited for the program.
func (j *journal) ready(now time.Time, p *instance, acted bool) []effect {
	switch {
	case p.line != (Reloaded{}):
		line := p.line
		line.Took = now.Sub(p.reload.noticed).Round(time.Millisecond)
		line.Line = fmt.Sprintf("%s, ready in %v", line.Line, line.Took)
		j.line = line.Line
		return []effect{reloaded{line}}
	case p.settings.Probe && !acted:
		return []effect{sayf("ready in %v", now.Sub(p.since).Round(time.Millisecond))}
	}
	return nil
}

// held says the reload line of a version that waits to be asked for.
func (j *journal) held(v Version, r *reload) effect {
	return sayf("%s: %s in %s; gorun -tell restart starts it", v.Reason, v.How, r.took())
}

// sameLine is the reload line where what runs is what would be built.
func sameLine(what, how string, r *reload) Reloaded {
	return Reloaded{
		Line:   fmt.Sprintf("%s: %s, same program, not restarted (%s)", what, how, r.took()),
		Reason: what, Outcome: "same program, not restarted", Took: r.took(),
	}
}
