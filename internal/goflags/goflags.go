// Package goflags splits a `go run` command line as the go command does: its flags, what is
// built, and the program's arguments.
//
// The go command reads its flags with the standard flag package. Here a table of those flags,
// each with the go command's check of its value, is read by the same package, so that the
// errors come out in the same words; gorun's own flags are registered beside them by the
// caller. A test holds the table against `go help build`, `go help run` and the source of
// cmd/go, and the errors against those of `go run` itself.
//
// Invariant: `go run` with the arguments of Line.GoRun means the same as the command line that
// Split was given, less gorun's flags.
//
// What the go command finds wrong only after reading the flags (a -mod it does not know, -race
// with -msan, no package: see Line.Check) is left to it: it checks in an order that depends on
// more than the flags.
package goflags

import (
	"errors"
	"flag"
	"fmt"
	"go/build"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Line is a command line, split.
type Line struct {
	Chdir     string   // value of -C, "" if not given
	Build     []string // build flags in their order, one word each ("-tags=a,b", "-race"), without -C and -exec
	Exec      []string // words of -exec; nil if not given; if given empty, empty: no go_GOOS_GOARCH_exec either
	Packages  []string // what is built: .go files, or one package; none if nothing is named
	Files     bool     // Packages are .go files
	Args      []string // the program's
	Versioned bool     // package@version: go.mod and go.work here do not count

	values map[string]string // of the go command's flags that were given, the last of each
	exec   *string           // -exec as given on the command line
}

// Has reports whether the go command's flag of that name (no dash) was given, with whatever value.
func (l Line) Has(name string) bool {
	_, ok := l.values[name]
	return ok
}

// Value returns the last value given to the go command's flag of that name, "" if none. A bare
// bool has the value "true".
func (l Line) Value(name string) string { return l.values[name] }

// Bool reports whether the go command's flag of that name was given and is true in the end (-n, -x, -race, -cover).
func (l Line) Bool(name string) bool {
	b, _ := parseBool(l.values[name])
	return b
}

// ExecFlag returns the -exec flag as one word for `go run`.
func (l Line) ExecFlag() (flag string, ok bool) {
	if l.exec == nil {
		return "", false
	}
	return "-exec=" + *l.exec, true
}

// GoRun returns the arguments with which `go run` means the same, but for what GOFLAGS says.
func (l Line) GoRun() []string {
	var args []string
	if l.Chdir != "" {
		args = append(args, "-C="+l.Chdir)
	}
	args = append(args, l.Build...)
	if exec, ok := l.ExecFlag(); ok {
		args = append(args, exec)
	}
	if len(l.Packages) == 0 {
		args = append(args, "--") // what is left may look like a flag
	}
	return slices.Concat(args, l.Packages, l.Args)
}

// ListFlags returns the build flags that decide which packages there are and from which files,
// for `go list`: Build less those that only say how to build or what to print while building
// (to `go list` -json even means something else).
func (l Line) ListFlags() []string {
	return slices.DeleteFunc(slices.Clone(l.Build), func(word string) bool {
		name, _, _ := strings.Cut(word[1:], "=")
		return !table[name].list
	})
}

// Check says what the go command refuses in Packages, as a *UsageError with its text and status
// 1. `go run` says it, too, and may have found something else before that, so a caller that
// runs it has no need of Check.
func (l Line) Check() error {
	if len(l.Packages) == 0 {
		return &UsageError{Text: "go: no go files listed\n", Status: 1}
	}
	if l.Files {
		for _, file := range l.Packages {
			if strings.HasSuffix(file, "_test.go") {
				return &UsageError{Text: fmt.Sprintf("go: cannot run *_test.go files (%s)\n", file), Status: 1}
			}
		}
	}
	return nil
}

// Split splits args, which do not include the command's name. own registers gorun's flags, of other names than the go
// command's. defaults come before args, in their order, and are overridden by them.
//
// The error is a *UsageError; the Line then has what was read up to the fault (the go command changes to Chdir before
// it looks at the rest: if that directory is not there, this is the error to give). -h and -help are the flag h that
// own registers, and nothing after them is read; without that flag the error is flag.ErrHelp.
//
// NOTE(gorun): -C must be the first flag, as for the go command, but gorun's own may stand before it.
func Split(args []string, own func(*flag.FlagSet), defaults ...Defaults) (Line, error) {
	s := newSplitter(own)
	for _, d := range defaults {
		if err := s.setDefaults(d); err != nil {
			return s.line, err
		}
	}
	s.onLine = true
	err := s.flags.Parse(args)
	switch {
	case s.chdirSet && s.line.Chdir == "":
		err := &fs.PathError{Op: "chdir", Path: "", Err: syscall.ENOENT}
		return s.line, &UsageError{Text: fmt.Sprintf("go: %v\n", err), Status: 1}
	case errors.Is(err, flag.ErrHelp):
		if s.help == nil {
			return s.line, err
		}
		return s.line, s.help.Set("true")
	case err != nil:
		usage := s.usageError(err.Error())
		if strings.HasPrefix(err.Error(), "flag provided but not defined: ") {
			usage.Unknown = args[len(args)-s.flags.NArg()-1:]
		}
		return s.line, usage
	}
	s.line.setOperands(s.flags.Args())
	return s.line, nil
}

// setOperands shares out what follows the flags (runRun in cmd/go/internal/run).
func (l *Line) setOperands(args []string) {
	n := 0
	for n < len(args) && strings.HasSuffix(args[n], ".go") {
		n++
	}
	l.Files = n > 0
	if n == 0 && len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		n = 1
		l.Versioned = strings.Contains(args[0], "@") && !build.IsLocalImport(args[0]) && !filepath.IsAbs(args[0])
	}
	l.Packages, l.Args = args[:n:n], args[n:]
}

// splitter is one command line being read.
type splitter struct {
	flags    *flag.FlagSet
	line     Line
	own      map[string]bool // names of gorun's flags
	help     flag.Value      // its flag h, if it has one
	ownFault bool            // one of them has refused its value
	onLine   bool            // reading the command line, not defaults
	goFlags  int             // of the go command's, on the command line so far
	chdirSet bool
}

func newSplitter(own func(*flag.FlagSet)) *splitter {
	s := &splitter{
		flags: flag.NewFlagSet("gorun", flag.ContinueOnError),
		line:  Line{values: map[string]string{}},
		own:   map[string]bool{},
	}
	s.flags.SetOutput(io.Discard) // the error says it all
	s.flags.Usage = func() {}
	for name, kind := range table {
		s.flags.Var(&value{s: s, name: name, kind: kind}, name, "")
	}
	if own == nil {
		return s
	}
	mine := flag.NewFlagSet("gorun", flag.ContinueOnError)
	own(mine)
	mine.VisitAll(func(f *flag.Flag) {
		if f.Name == "h" {
			s.help = f.Value // not registered, so that the flag package stops at -h and -help
			return
		}
		s.own[f.Name] = true
		s.flags.Var(ownValue{f.Value, s}, f.Name, f.Usage) // panics if the go command has the name
	})
	return s
}

// value is one of the go command's flags: it checks and records what it is set to.
type value struct {
	s    *splitter
	name string
	kind goFlag
}

func (v *value) IsBoolFlag() bool { return v.kind.bool }

func (v *value) String() string { return "" }

func (v *value) Set(text string) error {
	s := v.s
	if v.name == "C" {
		if !s.onLine || s.goFlags > 0 {
			return errors.New("-C flag must be first flag on command line")
		}
		s.goFlags++
		s.chdirSet, s.line.Chdir = true, text
		return nil
	}
	if s.onLine {
		s.goFlags++
	}
	if err := v.kind.check(text); err != nil {
		return err
	}
	s.line.values[v.name] = text
	switch {
	case v.name == "exec":
		s.line.exec = &text
		s.line.Exec, _ = splitWords(text)
	case v.kind.bool && text == "true":
		s.line.Build = append(s.line.Build, "-"+v.name)
	default:
		s.line.Build = append(s.line.Build, "-"+v.name+"="+text)
	}
	if v.name == "covermode" || v.name == "coverpkg" {
		s.line.values["cover"] = "true"
	}
	return nil
}

// ownValue is one of gorun's flags.
type ownValue struct {
	flag.Value
	s *splitter
}

func (v ownValue) IsBoolFlag() bool { return isBool(v.Value) }

func (v ownValue) Set(text string) error {
	err := v.Value.Set(text)
	if err != nil {
		v.s.ownFault = true
	}
	return err
}

// isBool: the flag package has this interface, but does not export it.
func isBool(v flag.Value) bool {
	b, ok := v.(interface{ IsBoolFlag() bool })
	return ok && b.IsBoolFlag()
}
