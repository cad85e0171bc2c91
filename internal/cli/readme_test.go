package cli

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gorun-dev/gorun/internal/config"
)

// The gorun.toml of the README, and that of its own page, are ones.
func TestReadmeSettings(t *testing.T) {
	for _, c := range []struct {
		page string
		args []string // of the program, in its profile prod
	}{
		{"../../README.md", nil},
		{"../config/README.md", []string{"-addr", ":80"}},
	} {
		page, err := os.ReadFile(c.page)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, found := strings.Cut(string(page), "```toml\n")
		src, _, _ := strings.Cut(rest, "```")
		if !found {
			t.Fatalf("there is no example in %s", c.page)
		}
		f, err := config.Parse("/m/gorun.toml", c.page, []byte(src), keys())
		if err != nil {
			t.Fatal(err)
		}
		s, err := f.Settings("prod")
		if err != nil || !slices.Contains(s.Flags, "-tags=prod") || !slices.Equal(s.Args, c.args) {
			t.Errorf("%s: prod: %v %+v", c.page, err, s)
		}
		if s, err = f.Settings(""); err != nil || s.Profile != "dev" {
			t.Errorf("%s: default: %v %+v", c.page, err, s)
		}
	}
}

// Every flag of gorun's is a key, or says here that it is none.
func TestKeysAreFlags(t *testing.T) {
	want := map[string]config.Type{
		"watch": config.Bool, "keep": config.Bool, "grace": config.Duration, "signal": config.Text,
		"env": config.Repeated, "include": config.Repeated, "tags": config.Tags, "race": config.Bool,
		"p": config.Integer, "exec": config.Command, "before-start": config.Command, "hook-timeout": config.Duration,
		"max-restarts": config.Integer, "generate": config.Bool,
	}
	for _, k := range keys() {
		if typ, ok := want[k.Name]; ok && typ != k.Type {
			t.Errorf("%s takes type %d, want %d", k.Name, k.Type, typ)
		}
		delete(want, k.Name)
	}
	if len(want) > 0 {
		t.Errorf("no keys: %v", want)
	}
}
