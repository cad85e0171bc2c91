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
	row := func(name, format string, args ...any) {
		fmt.Fprintf(w, "%-8s %s\n", name, fmt.Sprintf(format, args...))
	}
	ago := func(t time.Time) string { return now.Sub(t).Round(time.Second).String() }
	row("state", "%s", s.State)
	row("package", "%s in %s", shownAll(s.Package), shown(s.Dir))
	defer func() {
		row("gorun", "pid %d, %s, for %s", s.Pid, s.Version, ago(s.Since))
		row("watched", "%d directories", len(s.Watched))
		for _, dir := range s.Watched {
			fmt.Fprintf(w, "%-8s %s\n", "", shown(dir))
		}
	}()
	for _, p := range s.Programs {
		row(p.Name, "%s", p.State)
		printProgram(w, p, now)
	}
	if s.Programs == nil {
		printProgram(w, s, now)
	}
}

// printProgram prints what one program is doing.
func printProgram(w io.Writer, s *event.Status, now time.Time) {
	row := func(name, format string, args ...any) {
		fmt.Fprintf(w, "%-8s %s\n", name, fmt.Sprintf(format, args...))
	}
	ago := func(t time.Time) string { return now.Sub(t).Round(time.Second).String() }
	if s.Profile != "" {
		row("profile", "%s", shown(s.Profile))
	}
	if p := s.Program; p != nil {
		ready := "ready"
		if !p.Ready {
			ready = "not ready yet"
		}
		row("program", "pid %d, %s, for %s", p.Pid, ready, ago(p.Since))
		for _, port := range p.Ports {
			row("port", "%s", port)
		}
	} else {
		row("program", "none")
	}
	if r := s.Reload; r != nil {
		what := fmt.Sprintf("%d: %s: %s", r.Number, visible(r.Reason), r.Event)
		if r.How != "" {
			what += " (" + r.How + ")"
		}
		took := time.Duration(r.Elapsed * float64(time.Second)).Round(time.Millisecond)
		row("reload", "%s in %s, %s ago", what, took, ago(r.Time))
		for _, e := range r.Errors {
			row("error", "%s:%d: %s", shown(e.File), e.Line, visible(strings.ReplaceAll(e.Message, "\n", " ")))
		}
	}
}
