package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/tagexpr"
)

// What tags decide: -slices, -graph and -against. What there is to say is
// depgraph's; here it is printed. The JSON is documented in the README.

// A formatFlag is a boolean flag with a second form, -slices=json.
type formatFlag struct{ on, json bool }

func (f *formatFlag) String() string   { return "" }
func (f *formatFlag) IsBoolFlag() bool { return true }

func (f *formatFlag) Set(s string) (err error) {
	if f.json = s == "json"; f.json {
		f.on = true
		return nil
	}
	if f.on, err = strconv.ParseBool(s); err != nil {
		return errors.New("must be true, false or json")
	}
	return nil
}

// An againstFlag is a list of tags, which may be empty.
type againstFlag struct {
	tags  []string
	given bool
}

func (a *againstFlag) String() string { return strings.Join(a.tags, ",") }

func (a *againstFlag) Set(s string) (err error) {
	a.given = true
	a.tags, err = tagexpr.ParseTags(s)
	return err
}

func (c *command) loadOnce(cfg depgraph.Config) (*depgraph.Graph, error) {
	g, err := depgraph.Load(context.Background(), cfg, nil)
	if err != nil {
		return nil, err
	}
	if errs := g.Errors(); len(errs) > 0 {
		return nil, errs[0]
	}
	return g, nil
}

func (c *command) slices() (int, error) {
	g, err := c.loadOnce(c.graphConfig())
	if err != nil {
		return 0, err
	}
	list, err := depgraph.Slices(context.Background(), c.graphConfig(), g)
	if err != nil {
		return 0, err
	}
	if c.flags.slices.json {
		return 0, writeJSON(os.Stdout, struct {
			Main   depgraph.PackageID `json:"main"`
			Tags   []string           `json:"tags"`
			Slices []depgraph.Slice   `json:"slices"`
		}{g.Main().ID, orEmpty(g.Tags()), orEmpty(list)})
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "TAG\tNOW\tFILES\tPACKAGES\tIMPORTS")
	for _, s := range list {
		now := "not set"
		if s.Set {
			now = "set"
		}
		switch {
		case s.Error != "":
			fmt.Fprintf(w, "%s\t%s\t%s\n", s.Tag, now, "cannot be listed: "+firstLine(s.Error))
		case s.Fixed:
			fmt.Fprintf(w, "%s\t%s, by the system\t%d mention it\t\t\n", s.Tag, now, len(s.Files))
		default:
			rows := [][]string{
				signed(s.FilesIn, s.FilesOut, g.Rel),
				packages(s.Difference),
				signed(s.ImportsIn, s.ImportsOut, arrow),
			}
			n := max(len(rows[0]), len(rows[1]), len(rows[2]), 1)
			for i := range n {
				tag, state := s.Tag, now
				if i > 0 {
					tag, state = "", ""
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", tag, state, at(rows[0], i), at(rows[1], i), at(rows[2], i))
			}
		}
	}
	return 0, w.Flush()
}

func (c *command) graph() (int, error) {
	g, err := c.loadOnce(c.graphConfig())
	if err != nil {
		return 0, err
	}
	m := g.Map()
	switch c.flags.graph.value {
	case "json":
		return 0, writeJSON(os.Stdout, m)
	case "dot":
		m.WriteDot(os.Stdout)
	case "mermaid":
		m.WriteMermaid(os.Stdout)
	}
	return 0, nil
}

// A side is one of two sets of tags.
type side struct {
	Tags []string `json:"tags"`
	Size int64    `json:"size"` // of the executable, bytes; 0 if it cannot be built
}

// against compares the program with what other tags make of it.
func (c *command) against() (int, error) {
	cfg := c.graphConfig()
	now, err := c.loadOnce(cfg)
	if err != nil {
		return 0, err
	}
	other, err := c.loadOnce(cfg.WithTags(c.flags.against.tags))
	if err != nil {
		return 0, fmt.Errorf("with the tags %q: %w", c.flags.against.String(), err)
	}
	sizes := [2]side{{Tags: orEmpty(now.Tags())}, {Tags: orEmpty(c.flags.against.tags)}}
	for i := range sizes {
		if sizes[i].Size, err = c.size(sizes[i].Tags); err != nil {
			c.con.Fail("with the tags %q: %v", strings.Join(sizes[i].Tags, ","), err)
		}
	}
	d := depgraph.Diff(now, other)
	if c.flags.graph.value == "json" {
		return 0, writeJSON(os.Stdout, struct {
			Main    depgraph.PackageID `json:"main"`
			Now     side               `json:"now"`
			Against side               `json:"against"`
			depgraph.Difference
		}{now.Main().ID, sizes[0], sizes[1], d})
	}
	if c.flags.graph.value != "" {
		return statusUsage, fmt.Errorf("-against prints a table, or with -graph=json JSON, not %s", c.flags.graph.value)
	}
	fmt.Printf("tags %q: %s\n", strings.Join(sizes[0].Tags, ","), bytesOf(sizes[0].Size))
	fmt.Printf("tags %q: %s", strings.Join(sizes[1].Tags, ","), bytesOf(sizes[1].Size))
	if sizes[0].Size > 0 && sizes[1].Size > 0 {
		fmt.Printf(", %+d", sizes[1].Size-sizes[0].Size)
	}
	fmt.Println()
	for _, part := range []struct {
		what string
		rows []string
	}{
		{"files", signed(d.FilesIn, d.FilesOut, now.Rel)},
		{"packages", packages(d)},
		{"imports", signed(d.ImportsIn, d.ImportsOut, arrow)},
	} {
		for _, row := range part.rows {
			fmt.Printf("%s %s\n", part.what, row)
		}
	}
	return 0, nil
}

// size builds the program with other tags and returns the size of the executable.
func (c *command) size(tags []string) (int64, error) {
	_, store, err := c.openStore()
	if err != nil {
		return 0, err
	}
	config := c.buildConfig(store)
	config.Flags = append(slices.Clone(config.Flags), "-tags="+strings.Join(tags, ","))
	b := incremental.NewBuilder(config)
	defer b.Close()
	r := b.Start(incremental.NewPlan(nil, b.Known()), nil, os.Stderr).Result()
	defer r.Exe.Remove()
	switch {
	case r.Err != nil:
		return 0, r.Err
	case r.Status != 0:
		return 0, errors.New("it cannot be built")
	}
	info, err := os.Stat(r.Exe.Path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func bytesOf(n int64) string {
	if n == 0 {
		return "size not known"
	}
	return fmt.Sprintf("%d bytes", n)
}

// signed lists what comes in with a plus, what goes out with a minus.
func signed[T any](in, out []T, name func(T) string) []string {
	var rows []string
	for _, v := range in {
		rows = append(rows, "+"+name(v))
	}
	for _, v := range out {
		rows = append(rows, "-"+name(v))
	}
	return rows
}

// packages lists the packages of a difference; of the standard library's the number.
func packages(d depgraph.Difference) []string {
	rows := signed(d.PackagesIn, d.PackagesOut, text)
	for _, std := range []struct {
		sign string
		n    int
	}{{"+", len(d.StandardIn)}, {"-", len(d.StandardOut)}} {
		if std.n > 0 {
			rows = append(rows, fmt.Sprintf("%s%d of the standard library", std.sign, std.n))
		}
	}
	return rows
}

func text(id depgraph.PackageID) string { return string(id) }

func arrow(i depgraph.Import) string { return string(i.From) + " -> " + string(i.To) }

func at(rows []string, i int) string {
	if i < len(rows) {
		return rows[i]
	}
	return ""
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "\t")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
