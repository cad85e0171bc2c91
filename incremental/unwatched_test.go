package incremental

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/internal/environ"
)

// modcacheDesk is a desk whose program imports a module of the module cache, which is
// writable there.
func modcacheDesk(t *testing.T) (d *desk, dep string) {
	t.Helper()
	proxy, cache := t.TempDir(), t.TempDir()
	putModule(t, proxy, "example.com/dep", map[string]string{
		"go.mod":         "module example.com/dep\n\ngo 1.24\n",
		"dep.go":         "package dep\n\nfunc D() string { return \"dep\" }\n",
		"dep_windows.go": "package dep\n",
	})
	d = newDesk(t, func(cfg *Config) {
		cfg.Env = environ.Set(cfg.Env, "GOPROXY=file://"+filepath.ToSlash(proxy), "GOMODCACHE="+cache,
			"GOFLAGS=-modcacherw -mod=mod", "GOSUMDB=off")
		write := func(name, text string) {
			if err := os.WriteFile(filepath.Join(cfg.Dir, name), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		write("go.mod", "module example.com/m\n\ngo 1.24\n\nrequire example.com/dep v1.0.0\n")
		write("app/dep.go", "package main\n\nimport \"example.com/dep\"\n\nfunc init() { println(dep.D()) }\n")
	})
	return d, filepath.Join(cache, "example.com", "dep@v1.0.0")
}

func (d *desk) noAlarm() {
	d.t.Helper()
	select {
	case a := <-d.b.Alarms():
		d.t.Errorf("alarm: %+v", a)
	default:
	}
}

// alarmOf waits for the alarm that an input has changed, and builds again as live does.
func (d *desk) alarmOf(path string) {
	d.t.Helper()
	select {
	case a := <-d.b.Alarms():
		if a.Input != path || a.Reason == "" || a.Report != "" {
			d.t.Fatalf("alarm: %+v, want one of %s", a, path)
		}
		change := depgraph.Change{Kind: depgraph.Reload, Details: []depgraph.Detail{
			{Path: a.Input, Kind: depgraph.Reload, Reason: a.Reason},
		}}
		r := d.b.Start(NewPlan(&change, d.b.Known()), d.running, nil).Result()
		if r.Exe == nil || r.How != "go build" {
			d.t.Fatalf("%+v", r)
		}
		d.running.Remove()
		d.running = r.Exe
	case <-time.After(time.Minute):
		d.t.Fatal("no alarm")
	}
}

// A file that nobody watches is edited at each moment of a session. The program is built
// again without a complaint, and the direct way is there afterwards.
func TestUnwatchedInputChanges(t *testing.T) {
	const was, is = `return "dep"`, `return "edited"`
	edit := func(d *desk, dep string) string {
		file := filepath.Join(dep, "dep.go")
		src, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(src), was) {
			d.t.Fatal(err, string(src))
		}
		if err := os.WriteFile(file, []byte(strings.Replace(string(src), was, is, 1)), 0o666); err != nil {
			d.t.Fatal(err)
		}
		return file
	}
	for _, tt := range []struct {
		name string
		do   func(d *desk, dep string)
	}{
		{"before the recipe is read", func(d *desk, dep string) {
			file := edit(d, dep)
			d.idle("the program is built again")
			d.alarmOf(file)
		}},
		{"before a direct build", func(d *desk, dep string) {
			d.idle("the direct way is prepared")
			edit(d, dep)
			if _, r := d.edit("lib/lib.go", "count += i", "count += 2*i"); r.How != "go build" {
				d.t.Fatalf("%+v", r)
			}
		}},
		{"before the verification", func(d *desk, dep string) {
			d.idle("the direct way is prepared")
			if _, r := d.edit("lib/lib.go", "count += i", "count += 2*i"); r.How != "1 package direct" {
				d.t.Fatalf("%+v", r)
			}
			file := edit(d, dep)
			d.idle("the program is built again")
			d.alarmOf(file)
		}},
		{"before the recipe is read with its time put back", func(d *desk, dep string) {
			info, err := os.Stat(filepath.Join(dep, "dep.go"))
			if err != nil {
				d.t.Fatal(err)
			}
			file := edit(d, dep)
			if err := os.Chtimes(file, info.ModTime(), info.ModTime()); err != nil {
				d.t.Fatal(err)
			}
			d.idle("the program is built again")
			d.alarmOf(file)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, dep := modcacheDesk(t)
			tt.do(d, dep)
			if got := d.prints(d.running); !strings.Contains(got, "edited") {
				t.Errorf("it prints %q", got)
			}
			d.noAlarm()
			d.idle("the direct way is prepared")
			if _, r := d.edit("lib/lib.go", "i := range n", "i := range 2*n"); r.How != "1 package direct" {
				t.Errorf("afterwards: %+v", r)
			}
		})
	}
}

// What the go command would refuse now is not built directly: a second package of an
// import path in the workspace, and a second program that matches the pattern.
func TestUnwatchedRivals(t *testing.T) {
	for _, tt := range []struct {
		name, pattern string
		work          string
		file, text    string
		says          string
	}{
		{
			"an import becomes ambiguous", "./app", "go 1.24\n\nuse .\nuse ./other\n",
			"other/x.go", "package lib\n", "ambiguous import",
		},
		{
			"a second program", "./app/...", "",
			"app/second/main.go", "package main\n\nfunc main() {}\n", "multiple packages",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t, func(cfg *Config) {
				cfg.Patterns = []string{tt.pattern}
				if tt.work == "" {
					return
				}
				for name, text := range map[string]string{"go.work": tt.work,
					"other/go.mod": "module example.com/m/lib\n\ngo 1.24\n"} {
					file := filepath.Join(cfg.Dir, name)
					os.MkdirAll(filepath.Dir(file), 0o777)
					if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
						t.Fatal(err)
					}
				}
				cfg.Env = environ.Set(cfg.Env, "GOWORK="+filepath.Join(cfg.Dir, "go.work"))
			})
			if tt.work == "" {
				d.idle("which packages match depends")
			} else {
				d.idle("the direct way is prepared")
			}
			d.write(tt.file, tt.text)
			plan, r := d.edit("lib/lib.go", "count += i", "count += 2*i")
			if r.Exe != nil || r.Status == 0 || !strings.Contains(string(r.Output), tt.says) {
				t.Errorf("%v: %+v: %s", plan, r, r.Output)
			}
			d.noAlarm()
		})
	}
}

// putModule puts version v1.0.0 of a module into a directory for GOPROXY.
func putModule(t *testing.T, proxy, path string, files map[string]string) {
	t.Helper()
	src, dir := t.TempDir(), filepath.Join(proxy, filepath.FromSlash(path), "@v")
	write := func(file string, content []byte) {
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range files {
		write(filepath.Join(src, name), []byte(text))
	}
	var archive bytes.Buffer
	if err := zip.CreateFromDir(&archive, module.Version{Path: path, Version: "v1.0.0"}, src); err != nil {
		t.Fatal(err)
	}
	write(filepath.Join(dir, "list"), []byte("v1.0.0\n"))
	write(filepath.Join(dir, "v1.0.0.info"), []byte(`{"Version": "v1.0.0"}`))
	write(filepath.Join(dir, "v1.0.0.mod"), []byte(files["go.mod"]))
	write(filepath.Join(dir, "v1.0.0.zip"), archive.Bytes())
}
