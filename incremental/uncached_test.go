package incremental

import (
	osexec "os/exec"
	"strings"
	"testing"

	"github.com/gorun-dev/gorun/internal/environ"
)

// headersDesk is a desk whose program has a package with cgo and a header elsewhere.
func headersDesk(t *testing.T, edit func(*Config)) *desk {
	t.Helper()
	if _, err := osexec.LookPath("gcc"); err != nil {
		t.Skip(err)
	}
	d := newDesk(t, func(cfg *Config) {
		p := project{t: t, dir: cfg.Dir}
		p.write("include/answer.h", "#define ANSWER 41 // "+cfg.Dir+"\n")
		p.write("c/c.go", "package c\n\n// #cgo CFLAGS: -I${SRCDIR}/../include\n// #include \"answer.h\"\nimport \"C\"\n\n"+
			"func Answer() int { return C.ANSWER }\n")
		p.write("app/answer.go", "package main\n\nimport \"example.com/m/c\"\n\nfunc init() { println(\"answer\", c.Answer()) }\n")
		if edit != nil {
			edit(cfg)
		}
	})
	return d
}

// The direct way goes with headers that the go command does not know: what is verified by the
// go command has their newest content in it.
func TestHeadersElsewhere(t *testing.T) {
	d := headersDesk(t, nil)
	d.idle("the direct way is prepared")
	if _, r := d.edit("lib/lib.go", "count += i", "count += 2*i"); r.How != "1 package direct" {
		t.Fatalf("%+v", r)
	}
	if plan, r := d.edit("include/answer.h", "41", "42"); r.Exe == nil || !strings.Contains(d.prints(r.Exe), "answer 42") {
		t.Fatalf("the header: %v, %+v", plan, r)
	}
	d.idle("the direct way is prepared")
	if _, r := d.edit("lib/lib.go", "count += 2*i", "count += 3*i"); r.How != "1 package direct" ||
		!strings.Contains(d.prints(r.Exe), "answer 42") {
		t.Fatalf("%+v", r)
	}
	d.idle("verified in")
	d.noAlarm()
	if _, r := d.edit("include/answer.h", "42", "42 // the same"); !r.Same {
		t.Errorf("the same: %+v", r)
	}
}

// GOCACHE has what was compiled before the header changed: nobody had a graph then.
func TestHeadersOlderInCache(t *testing.T) {
	d := headersDesk(t, nil)
	d.write("include/answer.h", "#define ANSWER 42\n")
	d.running.Remove()
	again := NewBuilder(d.b.cfg)
	t.Cleanup(again.Close)
	d.b.Close()
	d.b = again
	r := again.Start(NewPlan(nil, again.Known()), nil, nil).Result() // as go run
	if r.Exe == nil || !strings.Contains(d.prints(r.Exe), "answer 41") {
		t.Fatalf("%+v", r)
	}
	d.running = r.Exe
	d.load()
	d.idle("the program is built again")
	d.alarmOf(d.dir + "/include/answer.h")
	if got := d.prints(d.running); !strings.Contains(got, "answer 42") {
		t.Errorf("it prints %q", got)
	}
	d.idle("the direct way is prepared")
	d.noAlarm()
}

// An overlay of the user's own holds beside.
func TestHeadersAndOverlay(t *testing.T) {
	d := headersDesk(t, func(cfg *Config) {
		p := project{t: t, dir: cfg.Dir}
		p.write("other.txt", "package lib\n\nfunc More(s string) bool { println(\"overlaid\"); return s == \"x\" }\n")
		p.write("overlay.json", `{"Replace": {"lib/more.go": "other.txt"}}`)
		cfg.Env = environ.Set(cfg.Env, "GOFLAGS=-overlay="+cfg.Dir+"/overlay.json")
	})
	d.b.Follow(d.g)
	if _, r := d.edit("include/answer.h", "41", "42"); r.Exe == nil {
		t.Fatalf("%+v", r)
	} else if got := d.prints(r.Exe); !strings.Contains(got, "answer 42") || !strings.Contains(got, "overlaid") {
		t.Errorf("it prints %q", got)
	}
}

// A file that does not parse has the compiler's own words, with its own lines.
func TestHeadersAndBrokenFile(t *testing.T) {
	d := headersDesk(t, nil)
	d.b.Follow(d.g)
	_, broken := d.edit("c/c.go", "return C.ANSWER }", "return C.ANSWER ")
	want, _ := osexec.Command("go", "-C", d.dir, "run", "./app").CombinedOutput()
	if broken.Status == 0 || string(broken.Output) != string(want) {
		t.Errorf("%+v: %s, want %s", broken, broken.Output, want)
	}
	_, undefined := d.edit("c/c.go", "return C.ANSWER ", "return C.NOTHING }")
	want, _ = osexec.Command("go", "-C", d.dir, "run", "./app").CombinedOutput()
	if undefined.Status == 0 || string(undefined.Output) != string(want) {
		t.Errorf("%+v: %s, want %s", undefined, undefined.Output, want)
	}
}
