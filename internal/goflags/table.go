package goflags

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A goFlag is what counts of a flag of the go command.
type goFlag struct {
	bool  bool               // needs no value
	list  bool               // may change what `go list` says of packages and their files
	check func(string) error // the go command's, in its words
}

// table holds the flags of `go run`: AddBuildFlags and AddCoverFlags in build.go of
// cmd/go/internal/work and runRun's own, of Go 1.26. The last three are not documented.
var table = map[string]goFlag{
	"C":             {check: anyText},
	"a":             {bool: true, check: checkBool},
	"n":             {bool: true, check: checkBool},
	"p":             {check: checkInt},
	"race":          {bool: true, list: true, check: checkBool},
	"msan":          {bool: true, list: true, check: checkBool},
	"asan":          {bool: true, list: true, check: checkBool},
	"cover":         {bool: true, check: checkBool},
	"covermode":     {check: checkCoverMode},
	"coverpkg":      {check: anyText},
	"v":             {bool: true, check: checkBool},
	"work":          {bool: true, check: checkBool},
	"x":             {bool: true, check: checkBool},
	"asmflags":      {check: checkPerPackage},
	"buildmode":     {list: true, check: anyText},
	"buildvcs":      {bool: true, check: checkVCS},
	"compiler":      {list: true, check: checkCompiler},
	"gccgoflags":    {check: checkPerPackage},
	"gcflags":       {check: checkPerPackage},
	"installsuffix": {list: true, check: anyText},
	"json":          {bool: true, check: checkBool},
	"ldflags":       {check: checkPerPackage},
	"linkshared":    {bool: true, list: true, check: checkBool},
	"mod":           {list: true, check: anyText},
	"modcacherw":    {bool: true, list: true, check: checkBool},
	"modfile":       {list: true, check: anyText},
	"overlay":       {list: true, check: anyText},
	"pgo":           {list: true, check: anyText},
	"pkgdir":        {list: true, check: anyText},
	"tags":          {list: true, check: checkTags},
	"trimpath":      {bool: true, list: true, check: checkBool},
	"toolexec":      {check: checkWords},

	"exec": {check: checkWords},

	"debug-actiongraph":   {check: anyText},
	"debug-runtime-trace": {check: anyText},
	"debug-trace":         {check: anyText},
}

// A Flag is one of the go command's, for who lists them.
type Flag struct {
	Name  string
	Bool  bool               // needs no value
	Check func(string) error // the go command's, in its words
}

// Flags returns the go command's flags, sorted, but for -C, which stands for the
// command line as a whole.
func Flags() []Flag {
	var list []Flag
	for _, name := range slices.Sorted(maps.Keys(table)) {
		if name != "C" {
			list = append(list, Flag{name, table[name].bool, table[name].check})
		}
	}
	return list
}

func anyText(string) error { return nil }

// checkBool and checkInt leave the words to the flag package, which the go command does, too.
func checkBool(text string) error {
	_, err := parseBool(text)
	return err
}

func parseBool(text string) (b bool, err error) {
	fs := flag.NewFlagSet("", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.BoolVar(&b, "b", false, "")
	err = fs.Lookup("b").Value.Set(text)
	return b, err
}

func checkInt(text string) error {
	fs := flag.NewFlagSet("", flag.ContinueOnError)
	fs.Int("p", 0, "")
	return fs.Lookup("p").Value.Set(text)
}

func checkWords(text string) error {
	_, err := splitWords(text)
	return err
}

// checkTags: quotes count only in the syntax of Go 1.12 and before.
func checkTags(text string) error {
	if strings.ContainsAny(text, " '") {
		return checkWords(text)
	}
	return nil
}

func checkVCS(text string) error {
	if text == "" || text == "auto" {
		return nil
	}
	if _, err := strconv.ParseBool(text); err != nil {
		return errors.New("value is neither 'auto' nor a valid bool")
	}
	return nil
}

func checkCompiler(text string) error {
	if text != "gc" && text != "gccgo" {
		return fmt.Errorf("unknown compiler %q", text)
	}
	return nil
}

func checkCoverMode(text string) error {
	switch text {
	case "", "set", "count", "atomic":
		return nil
	}
	return errors.New(`valid modes are "set", "count", or "atomic"`)
}

// checkPerPackage: flags, or pattern=flags (PerPackageFlag in cmd/go/internal/load/flag.go).
func checkPerPackage(text string) error {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil
	}
	if !strings.HasPrefix(text, "-") {
		pattern, flags, ok := strings.Cut(text, "=")
		switch {
		case !ok:
			return errors.New("missing =<value> in <pattern>=<value>")
		case pattern == "":
			return errors.New("missing <pattern> in <pattern>=<value>")
		case text[0] == '\'' || text[0] == '"':
			return fmt.Errorf("parameter may not start with quote character %c", text[0])
		}
		text = flags
	}
	return checkWords(text)
}
