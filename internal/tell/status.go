package tell

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gorun-dev/gorun/internal/event"
)

// PrintJSON prints what -tell status=json does.
func PrintJSON(w io.Writer, s *event.Status) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "\t")
	return enc.Encode(s)
}

// shown is a name in a line for people: quoted where the name could be taken for something
// else, such as orders to the terminal, or the next line.
func shown(name string) string {
	if name == "" || strings.TrimSpace(name) != name || strings.Contains(name, `"`) ||
		strings.ContainsFunc(name, func(r rune) bool { return r == utf8.RuneError || !strconv.IsPrint(r) }) {
		return strconv.Quote(name)
	}
	return name
}

// visible is a text without what a terminal takes for orders.
func visible(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r == '\t' || strconv.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
}

// shownAll is shown of several names.
func shownAll(names []string) string {
	var list []string
	for _, name := range names {
		list = append(list, shown(name))
	}
	return strings.Join(list, " ")
}

// PrintStatus prints what -tell status does: a status for people.
func PrintStatus(w io.Writer, s *event.Status, now time.Time) {
	p := statusPrinter{w, now}
	p.row("state", "%s", s.State)
	p.row("package", "%s in %s", shownAll(s.Package), shown(s.Dir))
	for _, one := range s.Programs {
		p.row(one.Name, "%s", one.State)
		p.program(one)
	}
	if s.Programs == nil {
		p.program(s)
	}
	p.row("gorun", "pid %d, %s, for %s", s.Pid, s.Version, p.ago(s.Since))
	p.row("watched", "%d directories", len(s.Watched))
	for _, dir := range s.Watched {
		p.row("", "%s", shown(dir))
	}
}

// A statusPrinter prints a status in rows.
type statusPrinter struct {
	w   io.Writer
	now time.Time
}

func (p statusPrinter) row(name, format string, args ...any) {
	fmt.Fprintf(p.w, "%-8s %s\n", name, fmt.Sprintf(format, args...))
}

func (p statusPrinter) ago(t time.Time) string { return p.now.Sub(t).Round(time.Second).String() }

// program prints what one program is doing.
func (p statusPrinter) program(s *event.Status) {
	if s.Profile != "" {
		p.row("profile", "%s", shown(s.Profile))
	}
	if running := s.Program; running != nil {
		ready := "ready"
		if !running.Ready {
			ready = "not ready yet"
		}
		p.row("program", "pid %d, %s, for %s", running.Pid, ready, p.ago(running.Since))
		for _, port := range running.Ports {
			p.row("port", "%s", port)
		}
	} else {
		p.row("program", "none")
	}
	if r := s.Reload; r != nil {
		what := fmt.Sprintf("%d: %s: %s", r.Number, visible(r.Reason), r.Event)
		if r.How != "" {
			what += " (" + r.How + ")"
		}
		took := time.Duration(r.Elapsed * float64(time.Second)).Round(time.Millisecond)
		p.row("reload", "%s in %s, %s ago", what, took, p.ago(r.Time))
		for _, e := range r.Errors {
			p.row("error", "%s:%d: %s", shown(e.File), e.Line, visible(strings.ReplaceAll(e.Message, "\n", " ")))
		}
	}
}
