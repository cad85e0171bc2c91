package initconfig_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/gorun-dev/gorun/internal/config"
	"github.com/gorun-dev/gorun/internal/flags"
	"github.com/gorun-dev/gorun/internal/gocmd"
	"github.com/gorun-dev/gorun/internal/initconfig"
)

// extract writes a project's files, which are those of an archive that are not below want.
func extract(t *testing.T, files []txtar.File) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range files {
		if strings.HasPrefix(f.Name, "want/") {
			continue
		}
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func options(t *testing.T, dir string) initconfig.Options {
	t.Helper()
	goCmd, err := gocmd.Find(os.Environ())
	if err != nil {
		t.Fatal(err)
	}
	return initconfig.Options{Dir: dir, Go: goCmd, Env: append(os.Environ(), "GOWORK="), Keys: flags.Keys()}
}

func read(t *testing.T, dir string) *initconfig.Result {
	t.Helper()
	r, err := initconfig.Read(t.Context(), options(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestProjects reads testdata/*.txtar: a project, and in want/ its gorun.toml, what could not be taken over, and what
// gorun is started with. UPDATE=1 writes them anew.
func TestProjects(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) < 10 {
		t.Fatalf("%d projects, %v", len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			dir := extract(t, a.Files)
			r := read(t, dir)
			next := r.Package
			if next == "" {
				next = "-programs"
			}
			told := strings.Join(r.Told, "\n")
			if told != "" {
				told += "\n"
			}
			got := []txtar.File{
				{Name: "want/gorun.toml", Data: r.Text}, {Name: "want/told", Data: []byte(told)},
				{Name: "want/next", Data: []byte(next + "\n")},
			}
			inputs := slices.DeleteFunc(slices.Clone(a.Files), func(f txtar.File) bool {
				return strings.HasPrefix(f.Name, "want/")
			})
			if os.Getenv("UPDATE") != "" {
				a.Files = slices.Concat(inputs, got)
				if err := os.WriteFile(name, txtar.Format(a), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			for _, g := range got {
				i := slices.IndexFunc(a.Files, func(f txtar.File) bool { return f.Name == g.Name })
				if i < 0 || !bytes.Equal(a.Files[i].Data, g.Data) {
					t.Errorf("%s: got\n%s", g.Name, g.Data)
				}
			}
			checkSettings(t, r)
			checkPlaces(t, dir, r)
		})
	}
}

// checkSettings holds that gorun's own reader accepts what is written, under the file's real name, too.
func checkSettings(t *testing.T, r *initconfig.Result) {
	t.Helper()
	f, err := config.Parse("/m/gorun.toml", "gorun.toml", r.Text, flags.Keys())
	if err != nil {
		t.Fatalf("gorun refuses it: %v\n%s", err, r.Text)
	}
	if _, err := f.Settings(""); err != nil {
		t.Error(err)
	}
	if r.Package != "" && len(f.Programs()) > 0 || r.Package == "" && len(f.Programs()) == 0 {
		t.Errorf("program %q, and the file has %d", r.Package, len(f.Programs()))
	}
	for _, p := range f.Programs() {
		if _, err := f.ProgramSettings(p.Name, ""); err != nil {
			t.Error(err)
		}
	}
}

// checkPlaces holds that each line has a comment, and that what it names is a line of a file.
func checkPlaces(t *testing.T, dir string, r *initconfig.Result) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(string(r.Text), "\n"), "\n")
	var places []string
	for _, line := range lines[1:] {
		if line == "" || strings.HasPrefix(line, "[") {
			continue
		}
		_, comment, found := strings.Cut(line, " # ")
		if strings.HasPrefix(line, "# The program: ") {
			_, comment, found = strings.Cut(line, " (")
		}
		if !found {
			t.Errorf("nothing says where it comes from: %s", line)
			continue
		}
		places = append(places, comment)
	}
	places = append(places, r.Told...)
	for _, p := range places {
		file, rest, _ := strings.Cut(p, ":")
		number, _, _ := strings.Cut(rest, ":")
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(file)))
		if err != nil {
			t.Errorf("%s: %v", p, err)
			continue
		}
		n := 0
		for _, ch := range number {
			if ch < '0' || ch > '9' {
				t.Errorf("no line: %s", p)
			}
			n = n*10 + int(ch-'0')
		}
		if n < 1 || n > strings.Count(string(data), "\n")+1 {
			t.Errorf("%s has no line %d", file, n)
		}
	}
}
