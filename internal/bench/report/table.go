package report

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// A table is what is printed, as text or as markdown.
type table struct {
	title string
	left  bool       // text in all columns, not figures
	rows  [][]string // the first is the header
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// dropEmpty takes out the columns that have nothing in them.
func (t *table) dropEmpty() {
	for i := len(t.rows[0]) - 1; i > 0; i-- {
		if !slices.ContainsFunc(t.rows[1:], func(row []string) bool { return row[i] != none }) {
			for n, row := range t.rows {
				t.rows[n] = slices.Delete(row, i, i+1)
			}
		}
	}
}

func (t *table) text(w io.Writer) {
	width := make([]int, len(t.rows[0]))
	for _, row := range t.rows {
		for i, c := range row {
			width[i] = max(width[i], utf8.RuneCountInString(c))
		}
	}
	fmt.Fprintf(w, "%s\n\n", t.title)
	for n, row := range t.rows {
		var b strings.Builder
		for i, c := range row {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(c))
			if i == 0 || t.left {
				b.WriteString("  " + c + pad)
			} else {
				b.WriteString("  " + pad + c)
			}
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
		if n == 0 {
			total := 0
			for _, x := range width {
				total += x + 2
			}
			fmt.Fprintln(w, "  "+strings.Repeat("-", total-2))
		}
	}
	fmt.Fprintln(w)
}

func (t *table) markdown(w io.Writer) {
	if t.title != "" {
		fmt.Fprintf(w, "%s\n\n", t.title)
	}
	for n, row := range t.rows {
		fmt.Fprintf(w, "| %s |\n", strings.Join(row, " | "))
		if n == 0 {
			fmt.Fprintf(w, "|%s\n", strings.Repeat("---|", len(row)))
		}
	}
	fmt.Fprintln(w)
}

// none stands in a cell of which nothing was measured.
const none = "–"

// secs prints seconds with as many digits as mean something.
func secs(s float64) string {
	switch {
	case math.IsNaN(s):
		return none
	case s < 0.0995:
		return fmt.Sprintf("%.3f", s)
	case s < 9.995:
		return fmt.Sprintf("%.2f", s)
	}
	return fmt.Sprintf("%.1f", s)
}

func mib(bytes int64) string { return fmt.Sprintf("%.0f MiB", float64(bytes)/(1<<20)) }
