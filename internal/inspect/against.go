package inspect

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/incremental"
)

// A side is one of two sets of tags.
type side struct {
	Tags []string `json:"tags"`
	Size int64    `json:"size"` // of the executable, bytes; 0 if it cannot be built
}

func (s side) String() string {
	if s.Size == 0 {
		return fmt.Sprintf("tags %q: size not known", strings.Join(s.Tags, ","))
	}
	return fmt.Sprintf("tags %q: %d bytes", strings.Join(s.Tags, ","), s.Size)
}

// Against prints what building the program with other tags would change, executable sizes
// included, as rows or as JSON.
func (p Program) Against(tags []string, asJSON bool) error {
	now, err := load(p.Config)
	if err != nil {
		return err
	}
	other, err := load(p.Config.WithTags(tags))
	if err != nil {
		return fmt.Errorf("with the tags %q: %w", strings.Join(tags, ","), err)
	}
	sides := [2]side{{Tags: orEmpty(now.Tags())}, {Tags: orEmpty(tags)}}
	for i := range sides {
		if sides[i].Size, err = p.size(sides[i].Tags); err != nil {
			p.Fail("with the tags %q: %v", strings.Join(sides[i].Tags, ","), err)
		}
	}
	d := depgraph.Diff(now, other)
	if asJSON {
		return writeJSON(p.Out, struct {
			Main    depgraph.PackageID `json:"main"`
			Now     side               `json:"now"`
			Against side               `json:"against"`
			depgraph.Difference
		}{now.Main().ID, sides[0], sides[1], d})
	}
	fmt.Fprintln(p.Out, sides[0])
	fmt.Fprint(p.Out, sides[1])
	if sides[0].Size > 0 && sides[1].Size > 0 {
		fmt.Fprintf(p.Out, ", %+d", sides[1].Size-sides[0].Size)
	}
	fmt.Fprintln(p.Out)
	for _, part := range []struct {
		what string
		rows []string
	}{
		{"files", signed(d.FilesIn, d.FilesOut, now.Rel)},
		{"packages", packages(d)},
		{"imports", signed(d.ImportsIn, d.ImportsOut, arrow)},
	} {
		for _, row := range part.rows {
			fmt.Fprintln(p.Out, part.what, row)
		}
	}
	return nil
}

// size builds the program with other tags and returns the size of the executable.
func (p Program) size(tags []string) (int64, error) {
	config, err := p.Build()
	if err != nil {
		return 0, err
	}
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
