package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/internal/bench/report"
)

// options are the command line.
type options struct {
	n        int
	exactly  bool // n was asked for
	starts   int
	only     []string
	programs []string
	edits    []string
	tools    []string
	named    map[string]string // executables by tool
	checkout checkout
	idle     time.Duration
	notices  int
	client   bool
	work     string
	json     string
	svg      string
	markdown bool
	update   bool
	from     string
}

var parts = []string{"reload", "day", "start", "noticing", "idle"}

func parse(args []string, stderr io.Writer) (*options, error) {
	o := &options{named: make(map[string]string)}
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.IntVar(&o.n, "n", 3, "rounds of the reload measurements; by default two where three would take too long")
	fs.IntVar(&o.starts, "starts", 5, "rounds of the start measurements")
	list(fs, &o.only, "only", "`parts` to measure (default all): "+strings.Join(parts, ","))
	list(fs, &o.programs, "programs", "generated `programs` to measure (default all): small,middle,large")
	list(fs, &o.edits, "edits", "`edits` to make (default all but closure): "+strings.Join(editNames(), ","))
	list(fs, &o.tools, "tools",
		"`tools` to measure (default all but go-build-s): "+strings.Join(toolNames(allTools()), ","))
	const toolUsage = "`name=file`: the executable of a tool; one that is not known is used as `go run` is"
	fs.Func("tool", toolUsage, func(s string) error {
		name, file, ok := strings.Cut(s, "=")
		if !ok || name == "" || file == "" {
			return errors.New("must be NAME=FILE")
		}
		o.named[name] = file
		return nil
	})
	fs.StringVar(&o.checkout.dir, "dir", "",
		"`directory` of a module to measure a copy of, instead of the generated programs")
	fs.StringVar(&o.checkout.pkg, "pkg", ".",
		"with -dir: the `package` main; what follows the flags are the program's arguments")
	fs.StringVar(&o.checkout.edit, "edit", "", "with -dir: the `package` to edit (default one with many importers)")
	fs.StringVar(&o.checkout.addr, "addr", "",
		"with -dir: `host:port` that the program listens on (default: no client is tried)")
	fs.DurationVar(&o.idle, "idle", 30*time.Second, "how long tools are watched while idle")
	fs.IntVar(&o.notices, "notices", 1000, "touches, and saves, of each series of the noticing measurements")
	fs.BoolVar(&o.client, "client", true, "have a client ask the program during reloads")
	fs.StringVar(&o.work, "work", "",
		"`directory` to work in and to leave as it is, for the next run (default: a temporary one)")
	fs.StringVar(&o.json, "json", "", "write everything to `file`")
	fs.StringVar(&o.svg, "svg", "", "write the picture of the reload table to `file`")
	fs.BoolVar(&o.markdown, "markdown", false, "print the section of the bench's README instead of the tables")
	fs.BoolVar(&o.update, "update", false, "write "+report.Readme+" and "+report.Picture)
	fs.StringVar(&o.from, "from", "", "measure nothing: print what -json has written to `file`")
	if err := fs.Parse(args); err != nil {
		return nil, err
	}
	fs.Visit(func(f *flag.Flag) { o.exactly = o.exactly || f.Name == "n" })
	o.checkout.args = fs.Args()
	if len(o.checkout.args) > 0 && o.checkout.dir == "" {
		return nil, fmt.Errorf("arguments %q without -dir", o.checkout.args)
	}
	for _, x := range []struct {
		flag       string
		given, all []string
	}{
		{"only", o.only, parts},
		{"programs", o.programs, shapeNames()},
		{"edits", o.edits, editNames()},
		{"tools", o.tools, slices.Concat(toolNames(allTools()), slices.Collect(maps.Keys(o.named)))},
	} {
		for _, name := range x.given {
			if !slices.Contains(x.all, name) {
				return nil, fmt.Errorf("-%s: unknown %q: it is one of %s", x.flag, name, strings.Join(x.all, ", "))
			}
		}
	}
	if o.n < 1 || o.starts < 1 || o.notices < 1 {
		return nil, errors.New("-n, -starts and -notices must be at least 1")
	}
	return o, nil
}

// list declares a flag that takes names separated by commas.
func list(fs *flag.FlagSet, to *[]string, name, usage string) {
	fs.Func(name, usage, func(s string) error {
		*to = strings.Split(s, ",")
		return nil
	})
}

func editNames() []string {
	var names []string
	for _, e := range edits {
		names = append(names, e.Name)
	}
	return names
}

func shapeNames() []string {
	var names []string
	for _, s := range shapes {
		names = append(names, s.name)
	}
	return names
}

func toolNames(tools []*tool) []string {
	var names []string
	for _, t := range tools {
		names = append(names, t.name)
	}
	return names
}

// wanted reports whether a name is asked for.
func wanted(asked []string, name string) bool { return len(asked) == 0 || slices.Contains(asked, name) }

// chosen returns the tools that are asked for, with those that the user names.
func (o *options) chosen() []*tool {
	all := allTools()
	for _, name := range slices.Sorted(maps.Keys(o.named)) {
		if toolNamed(all, name) == nil {
			all = append(all, goTool(name))
		}
	}
	return slices.DeleteFunc(all, func(t *tool) bool {
		return !wanted(o.tools, t.name) || t.onlyByName && len(o.tools) == 0
	})
}

func toolNamed(tools []*tool, name string) *tool {
	for _, t := range tools {
		if t.name == name {
			return t
		}
	}
	return nil
}
