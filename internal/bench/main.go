// Bench measures gorun side by side with the go command and with other tools
// that restart a Go program when it is saved, on the same edits of the same
// programs, in one run:
//
//	go run ./internal/bench                                  # everything, in about a quarter of an hour
//	go run ./internal/bench -only reload -programs small     # a part
//	go run ./internal/bench -only reload -dir ~/src/caddy -pkg ./cmd/caddy
//	go run ./internal/bench -update                          # and the README's section with its picture
//
// gorun is built from the checkout that the command is run in. The other tools
// are installed by `go install` at pinned versions; -tool NAME=FILE takes an
// executable instead, and a NAME that is not known is used as `go run` is.
//
// The measured program itself writes down when its first instruction ran, so the
// clock is the same for all (edit.go). Tools take turns, round by round; one
// works at a time. Everything but the build of gorun happens in a temporary
// directory with a build cache of its own; however the run ends, what it started is
// stopped and the directory removed (guard.go).
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/gorun-dev/gorun/internal/procgroup"
	gorun "github.com/gorun-dev/gorun/internal/self"
)

func main() {
	if status, ok := gorun.Play(os.Args, procgroup.Roles...); ok {
		os.Exit(status)
	}
	if backend := os.Getenv(watchRole); backend != "" {
		if err := watchAndTell(backend, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(bench(os.Args[1:]))
}

// runLimit is what a whole run takes at the most, afterReloads how much of that is
// for what comes after the reloads.
const (
	runLimit     = 15 * time.Minute
	afterReloads = 150 * time.Second
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

var parts = []string{"reload", "start", "noticing", "idle"}

func parse(args []string, stderr io.Writer) (*options, error) {
	o := &options{named: make(map[string]string)}
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.IntVar(&o.n, "n", 3, "rounds of the reload measurements; by default two where three would take too long")
	fs.IntVar(&o.starts, "starts", 5, "rounds of the start measurements")
	list(fs, &o.only, "only", "`parts` to measure (default all): "+strings.Join(parts, ","))
	list(fs, &o.programs, "programs", "generated `programs` to measure (default all): small,middle,large")
	list(fs, &o.edits, "edits", "`edits` to make (default all but closure): "+strings.Join(editNames(), ","))
	list(fs, &o.tools, "tools", "`tools` to measure (default all but go-build-s): "+strings.Join(toolNames(allTools()), ","))
	fs.Func("tool", "`name=file`: the executable of a tool; one that is not known is used as `go run` is", func(s string) error {
		name, file, ok := strings.Cut(s, "=")
		if !ok || name == "" || file == "" {
			return errors.New("must be NAME=FILE")
		}
		o.named[name] = file
		return nil
	})
	fs.StringVar(&o.checkout.dir, "dir", "", "`directory` of a module to measure a copy of, instead of the generated programs")
	fs.StringVar(&o.checkout.pkg, "pkg", ".", "with -dir: the `package` main; what follows the flags are the program's arguments")
	fs.StringVar(&o.checkout.edit, "edit", "", "with -dir: the `package` to edit (default one with many importers)")
	fs.StringVar(&o.checkout.addr, "addr", "", "with -dir: `host:port` that the program listens on (default: no client is tried)")
	fs.DurationVar(&o.idle, "idle", 30*time.Second, "how long tools are watched while idle")
	fs.IntVar(&o.notices, "notices", 1000, "touches, and saves, of each series of the noticing measurements")
	fs.BoolVar(&o.client, "client", true, "have a client ask the program during reloads")
	fs.StringVar(&o.work, "work", "", "`directory` to work in and to leave as it is, for the next run (default: a temporary one)")
	fs.StringVar(&o.json, "json", "", "write everything to `file`")
	fs.StringVar(&o.svg, "svg", "", "write the picture of the reload table to `file`")
	fs.BoolVar(&o.markdown, "markdown", false, "print the README's section instead of the tables")
	fs.BoolVar(&o.update, "update", false, "write the README's section and "+picture)
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
		names = append(names, e.name)
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

func bench(args []string) int {
	o, err := parse(args, os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 2
	}
	work, guarded := os.LookupEnv(guardRole)
	if o.from == "" && !guarded {
		status, err := guard(o.work)
		if err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
		return status
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var res *Results
	if o.from != "" {
		res, err = readJSON(o.from)
	} else {
		res, err = measure(ctx, o, work)
		if err != nil {
			// ^C reaches what was running at the same time as this process: it
			// can be dead before the context knows.
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	}
	if err == nil {
		err = o.show(res)
	}
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "bench: interrupted")
		return 130
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 1
	}
	return 0
}

// show prints and writes what is asked for.
func (o *options) show(res *Results) error {
	if o.json != "" {
		if err := res.writeJSON(o.json); err != nil {
			return err
		}
	}
	if o.markdown {
		res.readme(os.Stdout)
	} else {
		fmt.Printf("%s; took %.0f s\n\n", res.head(), res.Took)
		for _, t := range res.tables() {
			t.text(os.Stdout)
		}
		for _, line := range res.behind() {
			fmt.Println("gorun is not ahead:", line)
		}
		for _, f := range res.Failures {
			fmt.Println("failed:", f)
		}
	}
	if o.svg != "" {
		p, _ := res.largest()
		f, err := os.Create(o.svg)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := res.writeSVG(f, p); err != nil {
			return err
		}
	}
	if o.update {
		dir, err := moduleDir()
		if err != nil {
			return err
		}
		return res.update(dir)
	}
	return nil
}

// moduleDir is the checkout of gorun that the command is run in.
func moduleDir() (string, error) {
	cmd := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/gorun-dev/gorun")
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("this is no checkout of gorun: %w\nrun it in one, or name an executable with -tool gorun=FILE", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// environment is what everything that is measured gets.
func environment(work string) []string {
	env := slices.DeleteFunc(os.Environ(), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		// CI would make gorun choose -once.
		return name == "CI" || name == "PWD" || name == guardRole || strings.HasPrefix(name, "GORUN")
	})
	return lastWins(append(env,
		"GOCACHE="+filepath.Join(work, "gocache"),
		"GORUNCACHE="+filepath.Join(work, "goruncache"),
		"TMPDIR="+filepath.Join(work, "tmp"),
	))
}

// lastWins leaves out what is set again later. Not everything that starts a
// process does that.
func lastWins(env []string) []string {
	seen := make(map[string]bool)
	var kept []string
	for _, kv := range slices.Backward(env) {
		name, _, _ := strings.Cut(kv, "=")
		if !seen[name] {
			kept = append(kept, kv)
		}
		seen[name] = true
	}
	slices.Reverse(kept)
	return kept
}

func measure(ctx context.Context, o *options, work string) (*Results, error) {
	began := time.Now()
	r := &run{work: work, env: environment(work), log: func(format string, args ...any) {
		fmt.Fprintf(os.Stderr, "%5.0fs "+format+"\n", append([]any{time.Since(began).Seconds()}, args...)...)
	}}
	var err error
	if r.goCmd, err = exec.LookPath("go"); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(work, "tmp"), 0o777); err != nil {
		return nil, err
	}
	tools := o.chosen()
	gorun := toolNamed(tools, "gorun")
	if gorun != nil && o.named["gorun"] == "" {
		if r.checkout, err = moduleDir(); err != nil {
			return nil, err
		}
	}
	if err := r.install(ctx, tools, o.named); err != nil {
		return nil, err
	}
	res := &Results{Date: began, Rounds: o.n, Command: strings.Join(os.Args[1:], " ")}
	res.Machine = Machine{Cores: runtime.NumCPU(), Go: runtime.Version(), OS: runtime.GOOS + "/" + runtime.GOARCH}
	res.Machine.CPU, res.Machine.Kernel = machine()
	programs, err := o.build(ctx, r, tools)
	if err != nil {
		return nil, err
	}
	if wanted(o.only, "reload") {
		m := &reloader{run: r, tools: tools, client: o.client, edits: o.edits}
		if !o.exactly {
			m.deadline = began.Add(runLimit - afterReloads)
		}
		for _, p := range programs {
			if res.Rounds, err = m.measure(ctx, p, o.n); err != nil {
				return nil, err
			}
		}
		res.Reloads, res.Broken, res.Failures = m.results, m.broken, m.failures
	}
	if wanted(o.only, "start") && gorun != nil {
		for _, p := range programs {
			list, err := measureStarts(ctx, r, gorun, p, o.starts)
			if err != nil {
				return nil, err
			}
			res.Starts = append(res.Starts, list...)
		}
	}
	if wanted(o.only, "noticing") {
		if res.Noticing, err = measureNoticing(ctx, r, o.notices); err != nil {
			return nil, err
		}
	}
	if wanted(o.only, "idle") && len(programs) > 0 {
		if res.Idle, err = measureIdle(ctx, r, tools, programs[len(programs)-1], o.idle); err != nil {
			return nil, err
		}
	}
	for _, t := range tools {
		res.Tools = append(res.Tools, ToolInfo{t.name, t.title, t.module, t.config, t.absent})
	}
	for _, p := range programs {
		res.Programs = append(res.Programs, p.info)
	}
	res.Took = time.Since(began).Seconds()
	return res, nil
}

// chosen returns the tools that are asked for, with those that the user names.
func (o *options) chosen() []*tool {
	all := allTools()
	for _, name := range slices.Sorted(maps.Keys(o.named)) {
		if toolNamed(all, name) == nil {
			all = append(all, goTool(name))
		}
	}
	return slices.DeleteFunc(all, func(t *tool) bool {
		return !wanted(o.tools, t.name) || t.asked && len(o.tools) == 0
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

// build makes the programs and fills the build cache with them.
func (o *options) build(ctx context.Context, r *run, tools []*tool) ([]*program, error) {
	var list []*program
	if o.checkout.dir != "" {
		p, err := copied(ctx, r, o.checkout, r.work)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	} else if wanted(o.only, "reload") || wanted(o.only, "start") || wanted(o.only, "idle") {
		for _, s := range shapes {
			if !wanted(o.programs, s.name) {
				continue
			}
			p, err := newGenerated(s, r.work)
			if err != nil {
				return nil, err
			}
			if wanted(o.only, "reload") && slices.ContainsFunc(tools, func(t *tool) bool { return t.age > 0 && t.absent == "" }) {
				if p.beside, err = newGenerated(s, filepath.Join(r.work, "beside")); err != nil {
					return nil, err
				}
			}
			list = append(list, p)
		}
		if len(list) > 0 {
			list[len(list)-1].all = true
		}
	}
	for _, p := range list {
		if err := p.build(ctx, r); err != nil {
			return nil, err
		}
		r.log("built %s: %d packages of its own, %d in all, %s", p.name, p.info.Module, p.info.All, mib(p.info.Size))
	}
	return list, nil
}
