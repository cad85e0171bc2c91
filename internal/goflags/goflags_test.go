package goflags

import (
	"errors"
	"flag"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// gorun stands for the flags that the caller adds.
type gorun struct {
	once  bool
	grace time.Duration
	why   string
	help  bool
}

func (g *gorun) register(fs *flag.FlagSet) {
	fs.BoolVar(&g.once, "once", false, "")
	fs.DurationVar(&g.grace, "grace", 0, "")
	fs.StringVar(&g.why, "why", "", "")
	fs.BoolVar(&g.help, "h", false, "")
}

// Words are separated by | here, as some have spaces in them.
func words(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, "|")
}

func TestSplit(t *testing.T) {
	tests := []struct {
		args string
		want Line
		own  gorun
	}{
		{args: "."},
		{args: ".|-race|--|x.go", want: Line{Args: words("-race|--|x.go")}},
		{args: "-race|--v=false|-tags|a,b|-ldflags=-X a=b|.|a",
			want: Line{Build: words("-race|-v=false|-tags=a,b|-ldflags=-X a=b"), Args: words("a")}},
		{args: "-race=1|-buildvcs|-buildvcs=auto|-p|0x4|.",
			want: Line{Build: words("-race=1|-buildvcs|-buildvcs=auto|-p=0x4")}},
		{args: "-gcflags|all=-N|.", want: Line{Build: words("-gcflags=all=-N")}},
		{args: "a.go|b.go|c|d.go", want: Line{Packages: words("a.go|b.go"), Files: true, Args: words("c|d.go")}},
		{args: "a.go|--|b.go", want: Line{Packages: words("a.go"), Files: true, Args: words("--|b.go")}},
		{args: "--|a.go", want: Line{Packages: words("a.go"), Files: true}},
		{args: "-v|--|.|-x", want: Line{Build: words("-v"), Args: words("-x")}},
		{args: "x@v1.0.0|a", want: Line{Packages: words("x@v1.0.0"), Versioned: true, Args: words("a")}},
		{args: "./x@v1", want: Line{Packages: words("./x@v1")}},
		{args: "/x@v1", want: Line{Packages: words("/x@v1")}},
		{args: "a@b.go", want: Line{Packages: words("a@b.go"), Files: true}},
		{args: "-C|dir|.", want: Line{Chdir: "dir"}},
		{args: "--C=dir|-n|.", want: Line{Chdir: "dir", Build: words("-n")}},
		{args: "-C|-race|.", want: Line{Chdir: "-race"}},
		{args: "-once|-C|dir|-grace=2s|.|-once=false", want: Line{Chdir: "dir", Args: words("-once=false")},
			own: gorun{once: true, grace: 2 * time.Second}},
		{args: "-why|a.go|.", own: gorun{why: "a.go"}},
		{args: "-exec|a 'b c'|.", want: Line{Exec: words("a|b c")}},
		{args: "-exec=|.", want: Line{Exec: []string{}}},
		{args: "-exec=a|-exec=b|.", want: Line{Exec: words("b")}},
		{args: "-h|-bogus", want: Line{Packages: []string{}}, own: gorun{help: true}},
		{args: "-v|--help|-bogus", want: Line{Build: words("-v"), Packages: []string{}}, own: gorun{help: true}},
		{args: "", want: Line{Packages: []string{}}},
		{args: "-", want: Line{Packages: []string{}, Args: words("-")}},
		{args: "--|-x", want: Line{Packages: []string{}, Args: words("-x")}},
	}
	for _, tt := range tests {
		var own gorun
		got, err := Split(words(tt.args), own.register)
		if tt.want.Packages == nil {
			tt.want.Packages = []string{"."}
		}
		if err != nil || !same(got, tt.want) {
			t.Errorf("%s:\n got %+v, %v\nwant %+v", tt.args, got, err, tt.want)
		}
		if own != tt.own {
			t.Errorf("%s: gorun's flags %+v, want %+v", tt.args, own, tt.own)
		}
	}
}

// same compares what is exported; no arguments may be nil or empty, but no -exec is not an empty one.
func same(a, b Line) bool {
	return a.Chdir == b.Chdir && slices.Equal(a.Build, b.Build) && reflect.DeepEqual(a.Exec, b.Exec) &&
		slices.Equal(a.Packages, b.Packages) &&
		a.Files == b.Files && slices.Equal(a.Args, b.Args) && a.Versioned == b.Versioned
}

func TestLookup(t *testing.T) {
	line, err := Split(words("-race|-n=false|-tags=a|-tags=b|-coverpkg=./...|-exec=x y|."), nil)
	if err != nil {
		t.Fatal(err)
	}
	if !line.Has("race") || !line.Bool("race") || !line.Has("n") || line.Bool("n") || line.Has("x") || line.Bool("x") {
		t.Error("bools")
	}
	if got := line.Value("tags"); got != "b" {
		t.Errorf("tags %q", got)
	}
	if !line.Bool("cover") {
		t.Error("-coverpkg does not imply -cover")
	}
	if got, ok := line.ExecFlag(); got != "-exec=x y" || !ok {
		t.Errorf("ExecFlag %q, %v", got, ok)
	}
	if got, want := strings.Join(line.ListFlags(), "|"), "-race|-tags=a|-tags=b"; got != want {
		t.Errorf("ListFlags %s, want %s", got, want)
	}

	line, _ = Split(words("-tags=b|-x=false|."), nil)
	line = line.WithGOFLAGS("-tags=c '-exec=a \"b c\"' -x -n -count=1 -p=bad -mod")
	if line.Value("tags") != "b" || line.Bool("x") || !line.Bool("n") || line.Has("p") || line.Has("count") {
		t.Errorf("with GOFLAGS: %v", line.values)
	}
	if !slices.Equal(line.Exec, words("a|b c")) {
		t.Errorf("-exec of GOFLAGS: %q", line.Exec)
	}
	if got, ok := line.ExecFlag(); ok {
		t.Errorf("ExecFlag has what the go command reads in GOFLAGS: %q", got)
	}
	if !slices.Equal(line.Build, words("-tags=b|-x=false")) {
		t.Errorf("Build has what the go command reads in GOFLAGS: %q", line.Build)
	}
	if line, _ = Split(words("-exec=|."), nil); len(line.WithGOFLAGS("-exec=a").Exec) != 0 {
		t.Error("-exec of GOFLAGS wins over the command line's")
	}
}

// The go command's own faults are compared with `go run`; these are gorun's flags.
func TestOwnFaults(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"-grace=x|.", "invalid value \"x\" for flag -grace: parse error\n" + ownUsage},
		{"-once=x|.", "invalid boolean value \"x\" for -once: parse error\n" + ownUsage},
		{"-why", "flag needs an argument: -why\n" + ownUsage},
		{"-once|-mod", "flag needs an argument: -mod\n" + goUsage},
		{"-once|-race=x", "invalid boolean value \"x\" for -race: parse error\n" + goUsage},
		{"-onec|.", "flag provided but not defined: -onec\n" + goUsage},
	} {
		_, err := Split(words(tt.args), new(gorun).register)
		if u := (*UsageError)(nil); !errors.As(err, &u) || u.Text != tt.want || u.Status != 2 {
			t.Errorf("%s: %v, want status 2, %s", tt.args, err, tt.want)
		}
	}
	if _, err := Split([]string{"-h"}, nil); err != flag.ErrHelp {
		t.Errorf("-h that nobody registered: %v", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a flag of the go command's name could be registered")
		}
	}()
	_, _ = Split(nil, func(fs *flag.FlagSet) { fs.Bool("race", false, "") })
}

// A fault leaves what was read before it: -C is obeyed before anything else is said.
func TestFaultKeepsChdir(t *testing.T) {
	line, err := Split(words("-C|dir|-bogus"), nil)
	if err == nil || line.Chdir != "dir" {
		t.Errorf("chdir %q, error %v", line.Chdir, err)
	}
}

func TestDefaults(t *testing.T) {
	var own gorun
	line, err := Split(words("-C=dir|-tags=b|-grace=1s|."), own.register,
		Defaults{Variable: "GORUNFLAGS", Value: "-once --grace=5s '-ldflags=-s -w' -tags=a -race"})
	want := Line{Chdir: "dir", Build: words("-ldflags=-s -w|-tags=a|-race|-tags=b"), Packages: words(".")}
	if err != nil || !same(line, want) || own != (gorun{once: true, grace: time.Second}) {
		t.Errorf("%+v, %v, %+v", line, err, own)
	}
}

func TestExecFromEnv(t *testing.T) {
	for _, tt := range []struct{ value, want string }{
		{"-race -tags=a", "<nil>"}, {"-exec=a --exec=b", "b"}, {"'-exec=a \"b c\"'", "a|b c"}, {"-exec=", ""},
	} {
		got, err := ExecFromEnv(tt.value)
		if s := strings.Join(got, "|"); err != nil || s != tt.want && (got != nil || tt.want != "<nil>") {
			t.Errorf("%s: %q, %v, want %s", tt.value, got, err, tt.want)
		}
	}
	if got, err := ExecFromEnv("-exec=\"a"); err == nil {
		t.Errorf("open quote: %q", got)
	}
}
