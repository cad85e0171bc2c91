package report

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/gorun-dev/gorun/internal/bench/result"
)

// What Update writes, in a checkout of gorun, and the marks in the bench's README
// between which the tables stand.
const (
	Readme  = "internal/bench/README.md"
	Picture = "internal/bench/reload.svg"

	readmeBegin = "<!-- measured by internal/bench -->"
	readmeEnd   = "<!-- end -->"
)

// Update writes the picture and the README's section into a checkout.
func Update(res *result.Results, checkout string) error {
	p, ok := res.Largest()
	if !ok {
		return fmt.Errorf("no reload was measured: the README is left as it is")
	}
	var svg, section bytes.Buffer
	if err := SVG(&svg, res, p); err != nil {
		return err
	}
	Markdown(&section, res)
	name := filepath.Join(checkout, filepath.FromSlash(Readme))
	old, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	next, err := replaceSection(old, section.Bytes())
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(checkout, filepath.FromSlash(Picture)), svg.Bytes(), 0o666); err != nil {
		return err
	}
	return os.WriteFile(name, next, 0o666)
}

func replaceSection(old, section []byte) ([]byte, error) {
	begin := bytes.Index(old, []byte(readmeBegin))
	end := bytes.Index(old, []byte(readmeEnd))
	if begin < 0 || end < begin {
		return nil, fmt.Errorf("%s has no %s and %s", Readme, readmeBegin, readmeEnd)
	}
	var next bytes.Buffer
	next.Write(old[:begin+len(readmeBegin)])
	next.WriteString("\n")
	next.Write(section)
	next.Write(old[end:])
	return next.Bytes(), nil
}

// Markdown prints what the README holds between its marks.
func Markdown(w io.Writer, res *result.Results) {
	r := report{res}
	p, ok := r.Largest()
	if !ok {
		return
	}
	fmt.Fprintf(w, "![Seconds from a save to the new process, by tool](%s)\n\n", filepath.Base(Picture))
	// One line a paragraph: the figures' widths change.
	fmt.Fprintf(w, "Seconds from the save to the first instruction of the new process; medians of %d. ", r.Rounds)
	fmt.Fprintf(w, "A generated web server of %d packages, of which %d import the edited one (%d packages in all). ",
		p.Module, p.Importers, p.All)
	fmt.Fprintf(w, "%s; %s, %d cores, %s.\n\n",
		r.Date.Format("2 January 2006"), cmp.Or(r.Machine.CPU, r.Machine.OS), r.Machine.Cores, r.Machine.Go)
	if t, ok := r.reloadTable(p, false); ok {
		t.markdown(w)
	}
	t := r.summary(p)
	t.markdown(w)
	if t, ok := r.dayTable(p); ok {
		t.title = fmt.Sprintf("A working day with the same program, medians of %d: a start on files that nobody has built, "+
			"saves, a break, the tool's end right after a save, a start and saves again.", r.DayCount)
		t.markdown(w)
	}
	for _, x := range r.Tools {
		if x.Absent != "" {
			fmt.Fprintf(w, "Left out: %s (%s).\n\n", x.Title, x.Absent)
		}
	}
	if list := r.behind(); len(list) > 0 {
		fmt.Fprintf(w, "Where gorun is not ahead:\n\n")
		for _, line := range list {
			fmt.Fprintf(w, "- %s\n", line)
		}
		fmt.Fprintln(w)
	}
}

// summary is the README's second table: all but the seconds.
func (r report) summary(p result.Program) table {
	var t table
	t.add("tool", "same-line body, middle", "same-line body, small", "client refused", "broken build: the program",
		"CPU in 30 s idle", "memory", "watches")
	for _, tool := range r.Present() {
		refused, _, fate, _ := r.service(p.Name, tool.Name)
		middle, small := r.Seconds("middle", tool.Name, "body"), r.Seconds("small", tool.Name, "body")
		cpu, resident, held := none, none, none
		for _, x := range r.Idle {
			if x.Tool == tool.Name {
				cpu, resident, held = ms(x.CPU)+" ms", memory(x), fmt.Sprint(x.Watches)
			}
		}
		if math.IsNaN(refused) && fate == none && math.IsNaN(small) && cpu == none {
			continue
		}
		t.add(tool.Title, secs(middle), secs(small), secs(refused), fate, cpu, resident, held)
	}
	t.dropEmpty()
	return t
}
