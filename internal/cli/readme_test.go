package cli

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gorun-dev/gorun/internal/config"
)

// The README's gorun.toml is one.
func TestReadmeSettings(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(readme), "```toml\n")
	src, _, _ := strings.Cut(rest, "```")
	if !found {
		t.Fatal("there is no example in the README")
	}
	f, err := config.Parse("/m/gorun.toml", "README.md", []byte(src), keys())
	if err != nil {
		t.Fatal(err)
	}
	s, err := f.Settings("prod")
	if err != nil || !slices.Contains(s.Flags, "-tags=prod") || !slices.Equal(s.Args, []string{"-addr", ":80"}) {
		t.Errorf("prod: %v %+v", err, s)
	}
	if s, err = f.Settings(""); err != nil || s.Profile != "dev" {
		t.Errorf("default: %v %+v", err, s)
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
