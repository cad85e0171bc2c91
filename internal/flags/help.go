package flags

import (
	"fmt"
	"io"
	"strings"

	"github.com/gorun-dev/gorun/internal/console"
)

// A Variable is one of the environment that gorun reads for itself.
type Variable struct{ Name, Help string }

// Variables are what -h and README.md list.
var Variables = []Variable{
	{"GORUNFLAGS", "flags to put before those of the command line, as `GOFLAGS`"},
	{"GORUNCACHE", "the directory for executables; default `gorun` in the user's cache directory; " +
		"at most 2 GiB are kept; `off` keeps nothing from one start to the next"},
	{"GORUN_EDITOR", "with `-browser`, the command that shows a place in a file; `{file}`, `{line}` and `{column}` " +
		"may stand in it; default `VISUAL` or `EDITOR`"},
	{"GORUNDEBUG", "topics to print a line per state change of: `" + strings.Join(console.Topics, "`, `") + "`"},
	{"NO_COLOR", "no colour, whatever the terminal"},
}

// PrintHelp prints what -h asks for.
func PrintHelp(w io.Writer) {
	fmt.Fprint(w, `usage: gorun [flags] package [arguments...]

gorun is go run that stays alive: it starts the program as go run would,
rebuilds it when a file that it is built from is saved, and puts the new
executable in the place of the old one.

The package is one package, or a list of .go files, or package@version. All
build flags of go help build and the -exec flag of go help run are accepted.
Flags of gorun's own:

`)
	plain := strings.NewReplacer("`", "")
	f := Default()
	for _, o := range f.Table() {
		line := "  -" + o.Name
		if o.Arg != "" {
			line += " " + o.Arg
		}
		if d := o.ByDefault(); d != "" {
			line += " (default " + d + ")"
		}
		fmt.Fprintf(w, "%s\n    \t%s\n", line, plain.Replace(o.Help))
	}
	fmt.Fprint(w, "\nEnvironment:\n\n")
	for _, v := range Variables {
		fmt.Fprintf(w, "  %s\n    \t%s\n", v.Name, plain.Replace(v.Help))
	}
}

// ByDefault is what holds without the flag, in words; "" if nothing does.
func (o Flag) ByDefault() string {
	switch d := o.Value.String(); {
	case o.unset != "":
		return o.unset
	case d == "false":
		return ""
	default:
		return strings.Replace(d, "m0s", "m", 1) // of a duration
	}
}
