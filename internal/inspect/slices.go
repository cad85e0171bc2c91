package inspect

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/gorun-dev/gorun/depgraph"
)

// Slices prints what each build tag of the program's files brings in and takes out, as a
// table or as JSON.
func (p Program) Slices(asJSON bool) error {
	g, err := load(p.Config)
	if err != nil {
		return err
	}
	list, err := depgraph.Slices(context.Background(), p.Config, g)
	if err != nil {
		return err
	}
	if asJSON {
		return writeJSON(p.Out, struct {
			Main   depgraph.PackageID `json:"main"`
			Tags   []string           `json:"tags"`
			Slices []depgraph.Slice   `json:"slices"`
		}{g.Main().ID, orEmpty(g.Tags()), orEmpty(list)})
	}
	w := tabwriter.NewWriter(p.Out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "TAG\tNOW\tFILES\tPACKAGES\tIMPORTS")
	for _, s := range list {
		writeSlice(w, s, g.Rel)
	}
	return w.Flush()
}

// writeSlice writes the rows of one tag.
func writeSlice(w io.Writer, s depgraph.Slice, rel func(string) string) {
	now := "not set"
	if s.Set {
		now = "set"
	}
	switch {
	case s.Error != "":
		line, _, _ := strings.Cut(s.Error, "\n")
		fmt.Fprintf(w, "%s\t%s\tcannot be listed: %s\n", s.Tag, now, line)
		return
	case s.Fixed:
		fmt.Fprintf(w, "%s\t%s, by the system\t%d mention it\t\t\n", s.Tag, now, len(s.Files))
		return
	}
	columns := [][]string{
		signed(s.FilesIn, s.FilesOut, rel),
		packages(s.Difference),
		signed(s.ImportsIn, s.ImportsOut, arrow),
	}
	tag := s.Tag
	for i := range max(len(columns[0]), len(columns[1]), len(columns[2]), 1) {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", tag, now, at(columns[0], i), at(columns[1], i), at(columns[2], i))
		tag, now = "", ""
	}
}
