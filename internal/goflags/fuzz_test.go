package goflags

import (
	"errors"
	"flag"
	"slices"
	"strings"
	"testing"
)

// FuzzSplit: no panic, a fault is always one that can be shown, and the parts put together again are split alike.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{
		".", "-C\ndir\n-race\n.\na", "-once\n-C=dir\nx.go\ny.go\n--\nz", "--tags\na b\n-exec\n'a b' c\nx@v1",
		"-exec=\n--\n-x", "-p\n0x10\n-ldflags=-X 'a=b'\n.",
		"-C=", "-C", "-h\n-help", "-gcflags='a'=b", "-covermode=set\n-cover=false\n.", "-\n-", "---x",
		"-grace\n1s\n-why\n\n.", "-buildvcs\n-buildvcs=\n.", "-tags=\n.",
	} {
		f.Add(s, "-race '-tags=a b' -once")
		f.Add(s, "")
	}
	f.Fuzz(func(t *testing.T, text, env string) {
		args := strings.Split(text, "\n")
		var own gorun
		line, err := Split(slices.Clone(args), own.register, Defaults{Variable: "GORUNFLAGS", Value: env})
		if err != nil {
			u := (*UsageError)(nil)
			if !errors.As(err, &u) || !strings.HasSuffix(u.Text, "\n") || u.Status != 1 && u.Status != 2 ||
				u.Error() == "" {
				t.Errorf("%q: %#v", args, err)
			}
			return
		}
		if own.help {
			return
		}
		_ = line.Check()
		_ = line.WithGOFLAGS(env)
		again := line.GoRun()
		got, err := Split(again, nil)
		if err != nil || !same(got, line) {
			t.Errorf("%q with %q:\n%+v\n%q:\n%+v, %v", args, env, line, again, got, err)
		}
		for name, value := range line.values {
			if got.values[name] != value && name != "cover" {
				t.Errorf("%q: -%s is %q, then %q", args, name, value, got.values[name])
			}
		}
		if got.Bool("cover") != line.Bool("cover") {
			t.Errorf("%q: -cover changed", args)
		}
		if n := len(line.Packages) + len(line.Args); n > len(args) ||
			!slices.Equal(args[len(args)-n:], slices.Concat(line.Packages, line.Args)) {
			t.Errorf("%q: operands %q %q", args, line.Packages, line.Args)
		}
	})
}

func FuzzParseEnv(f *testing.F) {
	for _, s := range []string{"", "-a", "-a=b  --c='d'", "'-a=b c' \"--d\"", "'", "x", "-", "--", "---a", "-=x", "--=",
		"-a\t-b\n-c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		flags, err := ParseEnv(value)
		if err != nil {
			return
		}
		for _, word := range flags {
			if name := flagName(word); name == "" || name[0] == '-' || name[0] == '=' ||
				!strings.Contains(value, word) {
				t.Errorf("%q has the flag %q", value, word)
			}
			// The flag package must see a flag and nothing more in the word.
			fs := flag.NewFlagSet("", flag.ContinueOnError)
			fs.Usage = func() {}
			fs.SetOutput(new(strings.Builder))
			if err := fs.Parse([]string{word}); err == nil || strings.Contains(err.Error(), "bad flag syntax") {
				t.Errorf("%q: %q is no flag: %v", value, word, err)
			}
		}
	})
}
