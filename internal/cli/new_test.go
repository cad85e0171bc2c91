package cli

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gorun-dev/gorun/internal/config"
	"github.com/gorun-dev/gorun/internal/flags"
	"github.com/gorun-dev/gorun/internal/scaffold"
)

// The gorun.toml of a new project is one: each profile has its tags, and the programs are packages
// that are there.
func TestNewProjectSettings(t *testing.T) {
	p, err := scaffold.New("example.com/shop")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), p.DefaultDir())
	if _, err := p.Write(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, config.Name)
	src, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := config.Parse(name, config.Name, src, flags.Keys())
	if err != nil {
		t.Fatal(err)
	}
	programs := f.Programs()
	if len(programs) != 2 {
		t.Errorf("the programs are %+v, want api and worker", programs)
	}
	for _, program := range programs {
		if _, err := os.Stat(filepath.Join(dir, program.Package, "main.go")); err != nil {
			t.Error(err)
		}
		for _, profile := range []string{"", "dev", "test", "prod"} {
			want := "-tags=" + profile
			if profile == "" {
				want = "-tags=dev"
			}
			if s, err := f.ProgramSettings(program.Name, profile); err != nil || !slices.Contains(s.Flags, want) {
				t.Errorf("%s, profile %q: %v %q, want %s", program.Name, profile, err, s.Flags, want)
			}
		}
	}
}
