package cli

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gorun-dev/gorun/internal/config"
	"github.com/gorun-dev/gorun/internal/flags"
)

// The gorun.toml of its document is one.
func TestReadmeSettings(t *testing.T) {
	for _, c := range []struct {
		page string
		args []string // of the program, in its profile prod
	}{
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
		f, err := config.Parse("/m/gorun.toml", c.page, []byte(src), flags.Keys())
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

var update = flag.Bool("update", false, "write the tables of README.md anew")

// TestReadmeTables holds the tables of README.md against those that they are made of.
func TestReadmeTables(t *testing.T) {
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(page)
	for name, table := range map[string]string{"flags": flagTable(), "variables": variableTable()} {
		begin, end := "<!-- "+name+": made by this package's test, with -update -->\n", "<!-- end of "+name+" -->"
		before, rest, found := strings.Cut(text, begin)
		old, after, ended := strings.Cut(rest, end)
		if !found || !ended {
			t.Fatalf("README.md has no place for %s: %s", name, begin)
		}
		if old != table && !*update {
			t.Errorf("README.md has other %s than the table; go test -update writes it\n%s", name, table)
		}
		text = before + begin + table + end + after
	}
	if *update {
		if err := os.WriteFile("README.md", []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func flagTable() string {
	var b strings.Builder
	b.WriteString("\n| flag | default | meaning |\n|---|---|---|\n")
	f := flags.Default()
	for _, o := range f.Table() {
		name := "`-" + o.Name + "`"
		if o.Arg != "" {
			name += " " + o.Arg
		}
		help := o.Help
		if o.More != "" {
			help += ", [more](" + o.More + ")"
		}
		fmt.Fprintf(&b, "| %s |%s | %s |\n", name, strings.TrimRight(" "+o.ByDefault(), " "), help)
	}
	return b.String() + "\n"
}

func variableTable() string {
	var b strings.Builder
	b.WriteString("\n| variable | meaning |\n|---|---|\n")
	for _, v := range flags.Variables {
		fmt.Fprintf(&b, "| `%s` | %s |\n", v.Name, v.Help)
	}
	return b.String() + "\n"
}
