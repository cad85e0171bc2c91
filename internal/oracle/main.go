// Oracle checks the direct way against the go command: it makes random edits to a copy of a module, one after another, and
// after each compares the executable that package incremental makes directly with the one that go run makes of the same
// files, build IDs left out. Without a module it generates one. It prints a line for each way an edit went, and ends with status 1 at
// the first difference, leaving the copy as it is.
//
//	go run ./internal/oracle -n 200 -seed 1
//	go run ./internal/oracle -n 50 -module ~/src/caddy ./cmd/caddy
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/incremental/direct"
	"github.com/gorun-dev/gorun/incremental/equal"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout))
}

// helperEnv names the file that the executable is linked to: set, this program is go run's -exec helper.
const helperEnv = "GORUN_ORACLE_EXECUTABLE"

func run(args []string, w io.Writer) int {
	if to := os.Getenv(helperEnv); to != "" && len(args) > 0 {
		if err := copyFile(to, args[0]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return 0
	}
	fset := flag.NewFlagSet("oracle", flag.ContinueOnError)
	var o oracle
	fset.IntVar(&o.n, "n", 100, "number of edits")
	fset.Uint64Var(&o.seed, "seed", 1, "seed of the edits")
	fset.StringVar(&o.module, "module", "", "folder of the module to edit a copy of; generated without")
	packages := fset.Int("packages", 20, "number of packages of the generated module")
	fset.StringVar(&o.work, "work", "", "folder for the copy; a temporary one without")
	flags := fset.String("flags", "", "build flags, separated by spaces")
	fset.BoolVar(&o.exact, "exact", false, "no twins")
	fset.BoolVar(&o.named, "named", false, "named objects")
	fset.StringVar(&o.only, "only", "", "edits of this name only")
	fset.StringVar(&o.pkg, "in", "", "edit this package only")
	fset.BoolVar(&o.verbose, "v", false, "print plans")
	if err := fset.Parse(args); err != nil {
		return 2
	}
	o.flags = strings.Fields(*flags)
	o.out = w
	o.target = fset.Args()
	if err := o.prepare(*packages); err != nil {
		fmt.Fprintln(w, "oracle:", err)
		return 1
	}
	if err := o.loop(context.Background()); err != nil {
		fmt.Fprintln(w, "oracle:", err)
		fmt.Fprintln(w, "oracle: the module is in", o.dir)
		return 1
	}
	return 0
}

type oracle struct {
	n               int
	seed            uint64
	module, work    string
	only, pkg       string
	flags, target   []string
	exact, verbose  bool
	named           bool
	out             io.Writer
	dir             string // the copy
	self            string
	packages        []direct.Package
	direct          *direct.Program
	prepared        int
	ways            map[string]int
	seconds, gosecs map[string]float64
}

func (o *oracle) prepare(n int) error {
	if o.work == "" {
		dir, err := os.MkdirTemp("", "oracle")
		if err != nil {
			return err
		}
		o.work = dir
	}
	o.dir = filepath.Join(o.work, "module")
	if err := os.RemoveAll(o.dir); err != nil {
		return err
	}
	var err error
	if o.module == "" {
		err = generate(o.dir, n)
		if len(o.target) == 0 {
			o.target = []string{"./cmd/app"}
		}
	} else {
		err = copyTree(o.dir, o.module)
	}
	if err != nil {
		return err
	}
	if o.self, err = os.Executable(); err != nil {
		return err
	}
	o.ways, o.seconds, o.gosecs = make(map[string]int), make(map[string]float64), make(map[string]float64)
	return nil
}

// list asks the go command for the packages of the module that the target is built from.
func (o *oracle) list(ctx context.Context) error {
	argv := slices.Concat([]string{"go", "list", "-deps", "-json=ImportPath,Dir,GoFiles,CgoFiles,EmbedFiles,Standard,Module"}, o.flags, o.target)
	out, stderr, err := runner(ctx, argv, o.dir, os.Environ())
	if err != nil {
		return fmt.Errorf("%w: %s", err, stderr)
	}
	o.packages = nil
	dec := json.NewDecoder(bytes.NewReader(out))
	for {
		var p struct {
			ImportPath, Dir               string
			GoFiles, CgoFiles, EmbedFiles []string
			Standard                      bool
			Module                        *struct{ Main bool }
		}
		if err := dec.Decode(&p); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if p.Module == nil || !p.Module.Main {
			continue
		}
		q := direct.Package{ImportPath: p.ImportPath}
		for _, f := range slices.Concat(p.GoFiles, p.CgoFiles) {
			q.GoFiles = append(q.GoFiles, filepath.Join(p.Dir, f))
		}
		for _, f := range p.EmbedFiles {
			q.EmbedFiles = append(q.EmbedFiles, filepath.Join(p.Dir, f))
		}
		o.packages = append(o.packages, q)
	}
}

// ready prepares the direct way for the module as it is.
func (o *oracle) ready(ctx context.Context) error {
	if err := o.list(ctx); err != nil {
		return err
	}
	work := filepath.Join(o.work, "direct")
	if err := os.RemoveAll(work); err != nil {
		return err
	}
	if err := os.Mkdir(work, 0o777); err != nil {
		return err
	}
	s := direct.Setup{
		Run: runner, Go: "go", Dir: o.dir, Env: os.Environ(), Flags: o.flags, Target: o.target, Packages: o.packages, Work: work, Exact: o.exact, Named: o.named,
	}
	if o.verbose {
		s.Debug = func(format string, args ...any) { fmt.Fprintf(o.out, format, args...) }
	}
	var err error
	o.direct, err = direct.Prepare(ctx, s)
	o.prepared++
	return err
}

func (o *oracle) loop(ctx context.Context) error {
	r := rand.New(rand.NewPCG(o.seed, 0))
	if err := o.ready(ctx); err != nil {
		return err
	}
	type change struct {
		file     string
		old, new []byte
	}
	var undo []change
	for n := 1; n <= o.n; n++ {
		var c change
		var what string
		switch {
		case len(undo) > 0 && r.IntN(8) == 0:
			c = undo[len(undo)-1]
			undo = undo[:len(undo)-1]
			c.old, c.new = c.new, c.old
			what = "undo"
		default:
			c.file, c.old, c.new, what = o.random(r, n)
			undo = append(undo, c)
		}
		if err := os.WriteFile(c.file, c.new, 0o666); err != nil {
			return err
		}
		rel, _ := filepath.Rel(o.dir, c.file)
		way, err := o.compare(ctx)
		fmt.Fprintf(o.out, "%d: %s in %s: %s\n", n, what, rel, way)
		if err != nil {
			return fmt.Errorf("edit %d, %s in %s: %w", n, what, rel, err)
		}
		if way == "does not compile" {
			if what != "undo" {
				undo = undo[:len(undo)-1]
			}
			if err := os.WriteFile(c.file, c.old, 0o666); err != nil {
				return err
			}
		}
	}
	for _, way := range slices.Sorted(maps.Keys(o.ways)) {
		fmt.Fprintf(o.out, "%5d %-40s %.2fs, go run %.2fs on average\n", o.ways[way], way, o.seconds[way]/float64(o.ways[way]), o.gosecs[way]/float64(o.ways[way]))
	}
	fmt.Fprintf(o.out, "no differences in %d edits, %d recipes\n", o.n, o.prepared)
	return nil
}

// random returns a random edit of a random file.
func (o *oracle) random(r *rand.Rand, n int) (name string, old, new []byte, what string) {
	for {
		p, _ := pick(r, o.packages)
		if o.pkg != "" && p.ImportPath != o.pkg {
			continue
		}
		name, _ := pick(r, p.GoFiles)
		e, _ := pick(r, edits)
		if o.only != "" && e.name != o.only {
			continue
		}
		src, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		f, err := parse(src)
		if err != nil {
			continue
		}
		if out := e.do(r, f, n); out != nil {
			return name, src, out, e.name
		}
	}
}

// compare builds both ways and says which way the direct one went.
func (o *oracle) compare(ctx context.Context) (way string, err error) {
	start := time.Now()
	out, derr := o.direct.Build(ctx)
	secs := time.Since(start).Seconds()
	start = time.Now()
	exe := filepath.Join(o.work, "oracle.exe")
	os.Remove(exe)
	argv := slices.Concat([]string{"go", "run", "-exec", o.self}, o.flags, o.target)
	if o.named {
		argv = slices.Insert(argv, 2, direct.NamedFlag)
	}
	_, stderr, gerr := runner(ctx, argv, o.dir, append(os.Environ(), helperEnv+"="+exe))
	gosecs := time.Since(start).Seconds()
	defer func() {
		o.ways[way]++
		o.seconds[way] += secs
		o.gosecs[way] += gosecs
	}()
	if _, ok := errors.AsType[*direct.Refusal](derr); derr != nil && !ok {
		return "failed", derr
	}
	switch {
	case gerr != nil && derr == nil:
		return "wrong", fmt.Errorf("go run fails where the direct way built: %s", stderr)
	case gerr != nil:
		return "does not compile", nil
	case derr != nil:
		way = derr.Error()
		// As gorun would: a new recipe after go build.
		return way, o.ready(ctx)
	}
	same, err := equal.Program(out.Executable, exe)
	if err != nil {
		return "wrong", err
	}
	if len(out.Twins) > 0 {
		same, err = equal.ButForLines(out.Executable, exe)
		if err != nil {
			return "wrong", err
		}
		way = "twin, "
		if !same {
			return "wrong", fmt.Errorf("%s and %s differ in more than lines: %s", out.Executable, exe, equal.DescribeButLines(out.Executable, exe))
		}
	}
	if !same {
		return "wrong", fmt.Errorf("%s and %s differ in: %s", out.Executable, exe, equal.Describe(out.Executable, exe))
	}
	switch n := len(out.Compiled); {
	case !out.Linked:
		return fmt.Sprintf("%s%d compiled, nothing linked", way, n), nil
	case n > 3:
		return way + "more than 3 compiled", nil
	default:
		return fmt.Sprintf("%s%d compiled", way, n), nil
	}
}

func runner(ctx context.Context, argv []string, dir string, env []string) (stdout, stderr []byte, err error) {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = dir, env
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	err = cmd.Run()
	return o.Bytes(), e.Bytes(), err
}

func copyTree(to, from string) error {
	return filepath.WalkDir(from, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(from, p)
		switch {
		case d.IsDir() && d.Name() == ".git":
			return filepath.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, rel), 0o777)
		case d.Type().IsRegular():
			return copyFile(filepath.Join(to, rel), p)
		}
		return nil
	})
}

func copyFile(to, from string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o777)
}
