package oracle

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorun-dev/gorun/internal/longtest"
	"github.com/gorun-dev/gorun/internal/procgroup"
	"github.com/gorun-dev/gorun/internal/self"
)

// The flags of a run of one's own: TestRandomEdits makes what they say where -edits is given.
var (
	count     = flag.Int("edits", 0, "number of edits; 0 is what belongs to the tests")
	limit     = flag.Duration("for", 0, "time after which no more edits are made; 0 is no limit")
	seed      = flag.Uint64("seed", 1, "seed of the edits")
	module    = flag.String("module", "", "the module to edit a copy of, an absolute path; generated without")
	target    = flag.String("target", "", "the package of that module to build")
	packages  = flag.Int("packages", 20, "number of packages of the generated module")
	dir       = flag.String("dir", "", "directory for the copy, instead of a temporary one")
	flags     = flag.String("flags", "", "build flags, separated by spaces")
	exact     = flag.Bool("exact", false, "no twins")
	named     = flag.Bool("named", false, "the named set")
	only      = flag.String("only", "", "edits of this kind only")
	in        = flag.String("in", "", "edit this package only")
	verify    = flag.Int("verify", 4, "prepare the direct way again after one of that many twins")
	plans     = flag.Bool("plans", false, "print the plans of the direct way")
	noAhead   = flag.Bool("no-link-ahead", false, "link with the stock linker only")
	arguments = flag.String("arguments", "", "arguments of the program; without, that of -module does not run")
)

// cache is gorun's cache directory for the linker of links ahead, for all tests.
var cache string

func TestMain(m *testing.M) {
	if status, ok := self.Play(os.Args, procgroup.Roles...); ok {
		os.Exit(status)
	}
	if to := os.Getenv(helperEnv); to != "" {
		if err := linkOrCopy(to, os.Args[1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	dir, err := os.MkdirTemp("", "oracle")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	cache = filepath.Join(dir, "cache")
	status := m.Run()
	os.RemoveAll(dir)
	os.Exit(status)
}

// byFlags returns what the flags say.
func byFlags(out io.Writer) *oracle {
	o := &oracle{
		n: *count, limit: *limit, seed: *seed, module: *module, work: *dir, exact: *exact, named: *named,
		only: *only, pkg: *in, verifyEvery: *verify, verbose: *plans, out: out,
		flags: strings.Fields(*flags), arguments: strings.Fields(*arguments), target: strings.Fields(*target),
	}
	if !*noAhead {
		o.aheadCache = cache
	}
	o.runs = o.module == ""
	flag.Visit(func(f *flag.Flag) { o.runs = o.runs || f.Name == "arguments" })
	return o
}

// Whatever is edited, a direct build is what the go command builds.
func TestRandomEdits(t *testing.T) {
	if *count > 0 {
		o := byFlags(os.Stdout)
		if err := o.run(t.Context(), *packages); err != nil {
			t.Errorf("%v\nthe module is in %s", err, o.dir)
		}
		return
	}
	modes := map[string]oracle{
		"exact": {exact: true, n: longtest.Cases(5, 15), seed: 101},
		"twins": {n: longtest.Cases(8, 25), seed: 102},
	}
	if longtest.On { // it builds the standard library once more
		modes["named"] = oracle{named: true, n: 25, seed: 103}
	}
	for name, o := range modes {
		var out bytes.Buffer
		o.out, o.work, o.runs, o.verifyEvery, o.aheadCache = &out, t.TempDir(), true, 4, cache
		if err := o.run(t.Context(), 8); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out.Bytes())
		}
	}
}
