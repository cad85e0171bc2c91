package flags

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gorun-dev/gorun/internal/config"
	"github.com/gorun-dev/gorun/internal/goflags"
)

// Every flag of gorun's is a key, or says here that it is none.
func TestKeysAreFlags(t *testing.T) {
	want := map[string]config.Type{
		"watch": config.Bool, "keep": config.Bool, "grace": config.Duration, "signal": config.Text,
		"env": config.Repeated, "include": config.Repeated, "tags": config.Tags, "race": config.Bool,
		"p": config.Integer, "exec": config.Command, "before-start": config.Command, "hook-timeout": config.Duration,
		"max-restarts": config.Integer, "generate": config.Bool,
	}
	for _, k := range Keys() {
		if typ, ok := want[k.Name]; ok && typ != k.Type {
			t.Errorf("%s takes type %d, want %d", k.Name, k.Type, typ)
		}
		delete(want, k.Name)
	}
	if len(want) > 0 {
		t.Errorf("no keys: %v", want)
	}
}

// What a flag does and takes is said in the table, and each has a variable of its own:
// setting one changes nothing but that.
func TestTable(t *testing.T) {
	values := map[string]string{
		"grace": "7s", "signal": "INT", "swap": "overlap", "keep": "false", "listen": ":80", "watcher": "poll",
		"poll":   "7s",
		"engine": "go", "link-ahead": "off", "hook-timeout": "7s", "ready": "tcp:x:80", "ready-timeout": "7s", "restart": "on-failure",
		"max-restarts": "7", "graph": "dot", "against": "x", "events": "file", "tell": "stop", "profile": "x",
		"env":     "x",
		"include": "x", "exclude": "x", "new": "x", "why": "x", "before-build": "x", "before-start": "x", "after-ready": "x",
		"after-stop": "x", "on-fail": "x",
	}
	names := map[string]bool{}
	d := Default()
	for i, o := range d.Table() {
		if names[o.Name] || o.Help == "" || strings.Count(o.Help, "`")%2 != 0 {
			t.Errorf("-%s: twice, or without help: %q", o.Name, o.Help)
		}
		names[o.Name] = true
		value, ok := values[o.Name]
		if !ok {
			value = "true"
		}
		f := Default()
		if err := f.Table()[i].Value.Set(value); err != nil {
			t.Errorf("-%s=%s: %v", o.Name, value, err)
		}
		changed := 0
		a, b := reflect.ValueOf(f), reflect.ValueOf(Default())
		for n := range a.NumField() {
			if a.Type().Field(n).Name != "KeepGiven" &&
				!reflect.DeepEqual(a.Field(n).Interface(), b.Field(n).Interface()) {
				changed++
			}
		}
		if changed != 1 {
			t.Errorf("-%s=%s sets %d variables", o.Name, value, changed)
		}
		if o.Name != "against" && o.Name != "slices" && f.Table()[i].Value.String() != value {
			t.Errorf("-%s=%s is printed as %q", o.Name, value, f.Table()[i].Value)
		}
	}
}

// What a flag refuses it leaves as it was.
func TestRefused(t *testing.T) {
	for name, texts := range map[string][]string{
		"watch": {"perhaps"}, "keep": {""}, "grace": {"3"}, "signal": {"NONE"}, "swap": {"", "both"},
		"listen": {"80", ":80,"},
		"slices": {"xml"}, "ready": {"ftp://x"}, "before-build": {"'x"}, "env": {""}, "include": {"[", ""},
		"tell":   {"x"},
		"new":    {""},
		"events": {"fd:x"}, "browser": {"3000", ":0", ":3000,"}, "debug": {"2345"}, "graph": {"xml"},
	} {
		for _, text := range texts {
			f := Default()
			if err := f.find(name).Value.Set(text); err == nil {
				t.Errorf("-%s=%s is not refused", name, text)
			}
			if !reflect.DeepEqual(f, Default()) {
				t.Errorf("-%s=%s is refused, and has set something", name, text)
			}
		}
	}
}

func TestForms(t *testing.T) {
	for text, want := range map[string]string{"true": "table", "json": "json", "false": "", "1": "table"} {
		f := Default()
		if err := f.find("slices").Value.Set(text); err != nil || f.Slices != want {
			t.Errorf("-slices=%s: %q, %v", text, f.Slices, err)
		}
	}
	f := Default()
	for _, text := range []string{":80,127.0.0.1:81", "[::1]:82"} {
		if err := f.find("listen").Value.Set(text); err != nil {
			t.Error(err)
		}
	}
	if want := []string{":80", "127.0.0.1:81", "[::1]:82"}; !slices.Equal(f.Listen, want) {
		t.Errorf("-listen: %q", f.Listen)
	}
	for _, text := range []string{"x 'a b'", ""} {
		if err := f.find("before-build").Value.Set(text); err != nil {
			t.Error(err)
		}
		if words := f.Hooks.Words("before-build"); text != "" && !slices.Equal(words, []string{"x", "a b"}) ||
			text == "" && words != nil {
			t.Errorf("-before-build=%s: %q", text, words)
		}
	}
}

// What gorun stays beside the program for, and what -once leaves out of gorun.toml.
func TestGroups(t *testing.T) {
	f := Default()
	if name := f.NeedsLive(); name != "" {
		t.Errorf("by default -%s keeps gorun", name)
	}
	for _, word := range []string{"-after-stop=x", "-after-ready=x", "-ready=tcp:x:80", "-restart=on-failure",
		"-events=x"} {
		f := Default()
		if _, err := goflags.Split([]string{word, "."}, f.Register); err != nil ||
			"-"+f.NeedsLive() != strings.Split(word, "=")[0] {
			t.Errorf("%s keeps gorun for -%s, %v", word, f.NeedsLive(), err)
		}
	}
	got := f.withoutLiveOnly([]string{"-ready=x", "-tags=x", "-generate=true", "-grace=3s", "-events=x"})
	if want := []string{"-tags=x", "-grace=3s"}; !slices.Equal(got, want) {
		t.Errorf("with -once the file says %q, want %q", got, want)
	}
}

// -h has every flag and variable, and none of the marks that are for README.md.
func TestHelp(t *testing.T) {
	var b strings.Builder
	PrintHelp(&b)
	f := Default()
	for _, o := range f.Table() {
		if !strings.Contains(b.String(), "\n  -"+o.Name) {
			t.Errorf("-h does not mention -%s", o.Name)
		}
	}
	for _, v := range Variables {
		if !strings.Contains(b.String(), "\n  "+v.Name+"\n") {
			t.Errorf("-h does not mention %s", v.Name)
		}
	}
	for _, want := range []string{"  -grace D (default 3s)\n", "  -hook-timeout D (default 1m)\n", "  -watch\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("-h does not say %q", want)
		}
	}
	if strings.Contains(b.String(), "`") {
		t.Error("-h has marks of README.md")
	}
}
