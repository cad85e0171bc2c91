// Oracle checks the direct way against the go command: it makes random edits to a copy of a
// module, one after another, and after each compares the executable that the direct way makes
// with the one that go run makes of the same files, build IDs left out. Where a twin was used,
// line tables are left out as well, both executables are run, and what they print is compared
// with positions masked; after some of those the direct way is prepared again, as gorun does
// when nobody waits, and then the executables and what they print must be the same without
// leaving out.
//
// Without a module it generates one. It prints a line for each edit, and how many there were of
// each kind and way, and ends with status 1 at the first difference, leaving the copy as it is.
//
//	go run ./incremental/oracle -n 200 -seed 1
//	go run ./incremental/oracle -n 50 -module ~/src/caddy -run version ./cmd/caddy
//
// What it does not look at: which way package live chooses, and why (their own tests do).
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout))
}

// helperEnv names the file that the executable is linked to: set, this program is go run's -exec helper.
const helperEnv = "GORUN_ORACLE_EXECUTABLE"

func run(args []string, w io.Writer) int {
	if to := os.Getenv(helperEnv); to != "" && len(args) > 0 {
		if err := linkOrCopy(to, args[0]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return 0
	}
	fset := flag.NewFlagSet("oracle", flag.ContinueOnError)
	var o oracle
	fset.IntVar(&o.n, "n", 100, "number of edits")
	fset.DurationVar(&o.limit, "for", 0, "time after which no more edits are made; 0 is no limit")
	fset.Uint64Var(&o.seed, "seed", 1, "seed of the edits")
	fset.StringVar(&o.module, "module", "", "directory of the module to edit a copy of; generated without")
	packages := fset.Int("packages", 20, "number of packages of the generated module")
	fset.StringVar(&o.work, "work", "", "directory for the copy; without, a temporary one that is removed when all went well")
	flags := fset.String("flags", "", "build flags, separated by spaces")
	fset.BoolVar(&o.exact, "exact", false, "no twins")
	fset.BoolVar(&o.named, "named", false, "named objects")
	fset.StringVar(&o.only, "only", "", "edits of this kind only")
	fset.StringVar(&o.pkg, "in", "", "edit this package only")
	fset.IntVar(&o.settle, "settle", 4, "prepare the direct way again after one of that many twins")
	arguments := fset.String("run", "", "arguments to run the program with; a given module's is run only with this flag")
	fset.BoolVar(&o.verbose, "v", false, "print plans")
	if err := fset.Parse(args); err != nil {
		return 2
	}
	o.runs = o.module == ""
	fset.Visit(func(f *flag.Flag) { o.runs = o.runs || f.Name == "run" })
	o.flags, o.arguments = strings.Fields(*flags), strings.Fields(*arguments)
	o.out = w
	o.target = fset.Args()
	ctx := context.Background()
	err := o.prepare(ctx, *packages)
	if err == nil {
		err = o.loop(ctx)
	}
	if err != nil {
		fmt.Fprintln(w, "oracle:", err)
		fmt.Fprintln(w, "oracle: the module is in", o.dir)
		return 1
	}
	if o.temporary {
		os.RemoveAll(o.work)
	}
	return 0
}
