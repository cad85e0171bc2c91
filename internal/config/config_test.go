package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

// testKeys are a few of each type, with the names of real ones.
func testKeys() []Key {
	boolean := func(s string) error { _, err := strconv.ParseBool(s); return err }
	return []Key{
		{Name: "watch", Type: Bool, Check: boolean},
		{Name: "keep", Type: Bool, Check: boolean},
		{Name: "debug", Type: Bool, Check: func(s string) error {
			if strings.HasPrefix(s, ":") {
				return nil
			}
			return boolean(s)
		}},
		{Name: "grace", Type: Duration, Check: func(s string) error {
			d, err := time.ParseDuration(s)
			if err == nil && d < 0 {
				return errors.New("a time cannot be negative")
			}
			return err
		}},
		{Name: "max-restarts", Type: Integer},
		{Name: "swap", Check: func(s string) error {
			if s != "replace" && s != "overlap" {
				return errors.New("must be one of replace, overlap")
			}
			return nil
		}},
		{Name: "env", Type: Repeated, Path: FilePath},
		{Name: "include", Type: Repeated, Path: GlobPath},
		{Name: "events", Path: WordPath, Whole: true},
		{Name: "before-build", Type: Command, Hook: true, Package: true},
		{Name: "on-fail", Type: Command, Hook: true},
		{Name: "race", Type: Bool, Go: true, Check: boolean},
		{Name: "tags", Type: Tags, Go: true},
		{Name: "ldflags", Go: true},
		{Name: "p", Type: Integer, Go: true},
		{Name: "exec", Type: Command, Go: true},
		{Name: "pgo", Go: true, Path: WordPath},
	}
}

func TestSettings(t *testing.T) {
	const src = `
grace = "5s"
env = ".env"
exec = ["sudo", "-E", "a b", "it's", ""]
args = ["-v"]
build-flags = ["-race", "-ldflags=-s -w"]
debug = ":2345"
p = 0x4

[hooks]
before-build = ["make", "gen"]

[profile.test]
tags = ["a", "b"]
args = []
pgo = "auto"

[profile."dev"]
tags = "dev"
env = [".env.dev", "/abs/env"]
keep = false
include = ["templates/**"]
hooks = { on-fail = ["beep"] }
`
	f, err := Parse("/m[1]/gorun.toml", "gorun.toml", []byte(src), testKeys())
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Profiles(); !slices.Equal(got, []string{"test", "dev"}) {
		t.Errorf("profiles %q", got)
	}
	top := []string{
		"-grace=5s", "-env=/m[1]/.env", `-exec=sudo -E 'a b' it's ''`, "-race=true", "-ldflags=-s -w", "-debug=:2345",
		"-p=4",
		"-before-build=make gen",
	}
	for name, want := range map[string]Settings{
		"": {Profile: "test", Flags: append(slices.Clone(top), "-tags=a,b", "-pgo=auto"), Args: []string{},
			HasArgs: true},
		"test": {Profile: "test", Flags: append(slices.Clone(top), "-tags=a,b", "-pgo=auto"), Args: []string{},
			HasArgs: true},
		"dev": {Profile: "dev", Flags: append(slices.Clone(top), "-tags=dev", "-env=/m[1]/.env.dev", "-env=/abs/env",
			"-keep=false",
			`-include=/m\[1\]/templates/**`, "-on-fail=beep"), Args: []string{"-v"}, HasArgs: true},
	} {
		got, err := f.Settings(name)
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("profile %q: %v\n got %+v\nwant %+v", name, err, got, want)
		}
	}
	if _, err := f.Settings("tset"); err == nil ||
		err.Error() != "there is no profile \"tset\" in gorun.toml\ndid you mean \"test\"?" {
		t.Errorf("unknown profile: %v", err)
	}
}

// TestCases reads testdata/cases.txt: files that are wrong, each with what is said
// of it, and some that are right. A case is a line "-- name --", the file, and
// after a line "=>" the error, or "ok" and the flags.
func TestCases(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "cases.txt"))
	if err != nil {
		t.Fatal(err)
	}
	cases := txtar.Parse(data).Files
	update := os.Getenv("UPDATE") != ""
	refused := 0
	var b strings.Builder
	for _, c := range cases {
		src, want, _ := strings.Cut(string(c.Data), "=>\n")
		src = strings.TrimSuffix(src, "\n") // so that a file can end without one
		got := outcome(unescape(src))
		if !strings.HasPrefix(got, "ok") {
			refused++
		}
		if !update && got != want {
			t.Errorf("%s:\n%s\n got %q\nwant %q", c.Name, src, got, want)
		}
		fmt.Fprintf(&b, "-- %s --\n%s\n=>\n%s", c.Name, src, got)
	}
	if update {
		if err := os.WriteFile(filepath.Join("testdata", "cases.txt"), []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d cases, %d of them refused", len(cases), refused)
	if refused < 200 {
		t.Errorf("only %d of %d cases are wrong files", refused, len(cases))
	}
}

// unescape lets a case hold what an editor would not keep: \xNN stands for a byte
// where the file says @xNN.
func unescape(src string) string {
	return regexp.MustCompile(`@x[0-9a-f]{2}`).ReplaceAllStringFunc(src, func(s string) string {
		n, _ := strconv.ParseUint(s[2:], 16, 8)
		return string([]byte{byte(n)})
	})
}

func outcome(src string) string {
	f, err := Parse("/m/gorun.toml", "gorun.toml", []byte(src), testKeys())
	if err != nil {
		return err.Error() + "\n"
	}
	s, _ := f.Settings("")
	out := "ok"
	for _, name := range f.Profiles() {
		p, _ := f.Settings(name)
		out += " [" + name + "] " + strings.Join(p.Flags, " ")
	}
	if len(f.Profiles()) == 0 {
		out += " " + strings.Join(s.Flags, " ")
	}
	for _, p := range f.Programs() {
		s, _ := f.ProgramSettings(p.Name, "")
		out = strings.TrimSuffix(out, " ") + fmt.Sprintf("\n%+v %s", p, strings.Join(s.Flags, " "))
	}
	return strings.TrimSuffix(out, " ") + "\n"
}

var message = regexp.MustCompile(`^gorun\.toml:[1-9][0-9]*: [^\n]+(\n[^\n]+)?$`)

// FuzzConfig holds that every file is either refused, in a line with a place and at
// most a hint, or has all of its keys among the settings.
func FuzzConfig(f *testing.F) {
	if data, err := os.ReadFile(filepath.Join("testdata", "cases.txt")); err == nil {
		for _, c := range txtar.Parse(data).Files {
			src, _, _ := strings.Cut(string(c.Data), "=>\n")
			f.Add(unescape(src))
		}
	}
	f.Fuzz(func(t *testing.T, src string) {
		file, err := Parse("/m/gorun.toml", "gorun.toml", []byte(src), testKeys())
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Line < 1 || e.Line > strings.Count(src, "\n")+1 ||
				!message.MatchString(err.Error()) {
				t.Errorf("%q: %v", src, err)
			}
			return
		}
		// An independent count: each leaf of the document became words, args, or
		// an empty list.
		leaves, words := decodedLeaves(t, src), len(file.top.flags)
		for _, p := range file.profiles {
			words += len(p.flags)
		}
		for _, p := range file.programs {
			words += len(p.flags)
		}
		if leaves > words {
			t.Errorf("%q: %d settings, %d flags", src, leaves, words)
		}
	})
}
