// Package report shows what the bench has measured: as text, as Markdown, and as a
// picture, and puts the last two into the bench's README. It measures nothing.
//
//	report.go   Text, and the order of the tables
//	tables.go   each table: which rows and columns, and what stands in a cell
//	table.go    a table as text and as Markdown; how figures are written
//	behind.go   where gorun is not ahead
//	readme.go   the measured section of the bench's README, and its place there
//	svg.go      the picture
package report

import (
	"cmp"
	"fmt"
	"io"
	"time"

	"github.com/gorun-dev/gorun/internal/bench/result"
)

// A report reads the results; it changes nothing in them.
type report struct{ *result.Results }

// Text prints everything there is.
func Text(w io.Writer, res *result.Results) {
	r := report{res}
	fmt.Fprintf(w, "%s; took %.0f s\n\n", r.head(), r.Took)
	for _, t := range r.tables() {
		t.text(w)
	}
	for _, line := range r.behind() {
		fmt.Fprintln(w, "gorun is not ahead:", line)
	}
	for _, f := range r.Failures {
		fmt.Fprintln(w, "failed:", f)
	}
}

// head says where and with what it was measured.
func (r report) head() string {
	return fmt.Sprintf("%s, %d cores of %s, %s, %s, %d rounds", r.Date.Format(time.DateOnly), r.Machine.Cores,
		cmp.Or(r.Machine.CPU, r.Machine.OS), cmp.Or(r.Machine.Kernel, r.Machine.OS), r.Machine.Go, r.Rounds)
}

// tables returns everything there is.
func (r report) tables() []table {
	var list []table
	list = append(list, r.toolTable(), r.programTable())
	for _, p := range r.Programs {
		if t, ok := r.reloadTable(p, true); ok {
			list = append(list, t)
			if t := r.serviceTable(p); len(t.rows) > 1 {
				list = append(list, t)
			}
		}
	}
	for _, p := range r.Programs {
		if t, ok := r.dayTable(p); ok {
			list = append(list, t)
		}
	}
	if len(r.Starts) > 0 {
		list = append(list, r.startTable())
	}
	if len(r.Noticing) > 0 {
		list = append(list, r.noticingTable())
	}
	if len(r.Idle) > 0 {
		list = append(list, r.idleTable())
	}
	return list
}
