package front

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gorun-dev/gorun/internal/event"
)

// What pages are told, event by event: "-" is nothing.
func TestState(t *testing.T) {
	dir := t.TempDir()
	source := []byte("package main\n\nfunc main() {\n\tä := x\n}\n")
	if err := os.WriteFile(filepath.Join(dir, "main.go"), source, 0o666); err != nil {
		t.Fatal(err)
	}
	change := func(names ...string) event.Event {
		e := event.Event{Kind: event.Change}
		for _, n := range names {
			e.Paths = append(e.Paths, filepath.Join(dir, n))
		}
		return e
	}
	good := event.Event{Kind: event.Build}
	same := event.Event{Kind: event.Build, Same: true}
	status := 1
	broken := event.Event{Kind: event.Failed, Status: &status, Errors: []event.Error{
		{File: filepath.Join(dir, "main.go"), Line: 4, Column: 8, Message: "undefined: x"}}}
	swapped := func(pid int) event.Event { return event.Event{Kind: event.Swapped, Pid: pid} }
	ready := func(pid int) event.Event { return event.Event{Kind: event.Ready, Pid: pid} }
	exited := func(pid int, asked bool) event.Event {
		return event.Event{Kind: event.Exited, Pid: pid, Asked: asked, Reason: "exit status 1"}
	}
	for name, steps := range map[string][]struct {
		e    event.Event
		want string
		down bool
	}{
		"a reload": {
			{swapped(1), "-", false}, {ready(1), "ready 1", false}, {change("main.go"), "ready 1", false}, {good, "-", false},
			{exited(1, true), "-", false}, {swapped(2), "-", false}, {ready(2), "ready 2", false},
		},
		"with overlap": {
			{swapped(1), "-", false}, {ready(1), "ready 1", false}, {change("main.go"), "ready 1", false}, {good, "-", false},
			{swapped(2), "-", false}, {ready(2), "ready 2", false}, {exited(1, true), "-", false},
		},
		"style sheets only": {
			{swapped(1), "-", false}, {ready(1), "ready 1", false}, {change("a.css"), "ready 1", false},
			{change("b.CSS"), "ready 1", false}, {good, "-", false},
			{exited(1, true), "-", false}, {swapped(2), "-", false}, {ready(2), "ready 2 from 1 a.css b.CSS", false},
			{change("a.css", "main.go"), "ready 2", false}, {good, "-", false}, {swapped(3), "-", false},
			{ready(3), "ready 3", false},
			{change("a.css"), "ready 3", false}, {same, "-", false},
			{change("main.go"), "ready 3", false}, {swapped(4), "-", false}, {ready(4), "ready 4", false},
		},
		"a broken build": {
			{swapped(1), "-", false}, {ready(1), "ready 1", false}, {change("main.go"), "ready 1", false},
			{broken, "ready 1, The build failed, main.go:4:7 undefined: x, 5 lines", false}, {change("main.go"),
				"ready 1, The build failed, main.go:4:7 undefined: x, 5 lines", false},
			{same, "ready 1", false},
		},
		"an end": {
			{swapped(1), "-", false}, {ready(1), "ready 1", false},
			{exited(1, false), "ready 0, panic: oh, main.go:4 in main.main, 5 lines", true},
			{change("main.go"), "ready 0, panic: oh, main.go:4 in main.main, 5 lines", false},
			{broken, "ready 0, The build failed, main.go:4:7 undefined: x, 5 lines", true},
			{change("main.go"), "ready 0, The build failed, main.go:4:7 undefined: x, 5 lines", false},
			{good, "ready 0", false}, {swapped(2), "-", false}, {ready(2), "ready 2", false},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := state{dir: dir, coming: true}
			stderr := func(int) string {
				return "hello\npanic: oh\n\ngoroutine 1 [running]:\nmain.main()\n\t" +
					filepath.Join(dir, "main.go") + ":4 +0x1d\n"
			}
			for i, step := range steps {
				m := s.hear(step.e, stderr)
				if step.e.Kind == event.Change {
					m = new(s.message())
				}
				down := s.down() != nil
				if got := told(m); got != step.want || down != step.down {
					t.Fatalf("step %d, %s: got %s, down %v\nwant %s, down %v", i, step.e.Kind, got, down, step.want, step.down)
				}
			}
		})
	}
}

func told(m *message) string {
	if m == nil {
		return "-"
	}
	text := fmt.Sprintf("ready %d", m.Ready)
	if m.From != 0 {
		text += fmt.Sprintf(" from %d %s", m.From, strings.Join(m.Sheets, " "))
	}
	if f := m.Failure; f != nil {
		text += ", " + f.Title
		for _, p := range f.Places {
			column := ""
			if p.Column > 0 {
				column = fmt.Sprintf(":%d", p.Column)
			}
			text += fmt.Sprintf(", %s:%d%s %s, %d lines", p.File, p.Line, column, p.Message, len(p.Source))
		}
	}
	return text
}

// Of a page's words, the paths of files on this machine are none.
func TestNoPaths(t *testing.T) {
	dir := t.TempDir()
	f := &failure{}
	f.add(filepath.Join(dir, "main.go"), 1, 1, "x", dir)
	b, err := json.Marshal(f)
	if err != nil || strings.Contains(string(b), dir) {
		t.Errorf("%s, %v", b, err)
	}
}

func TestHandlerPanic(t *testing.T) {
	const (
		before = "2026/11/30 21:00:00 listening\n"
		stack  = "http: panic serving 127.0.0.1:5: oh\ngoroutine 7 [running]:\nnet/http.(*conn).serve.func1()\n" +
			"\t/go/server.go:1 +0xbd\n" +
			"main.f()\n\t/m/main.go:3 +0x25\ncreated by net/http.(*Server).Serve in goroutine 1\n\t/go/server.go:2 +0x485\n"
	)
	text, ok := handlerPanic(before+"2026/11/30 21:00:01 "+stack+before, "127.0.0.1:5")
	if !ok || text != stack {
		t.Errorf("%q, %v", text, ok)
	}
	if _, ok := handlerPanic(stack, "127.0.0.1:55"); ok {
		t.Error("it is another client's")
	}
}

func TestLastPanic(t *testing.T) {
	const stack = "panic: a\n\tpanic: b\n\ngoroutine 1 [running]:\nmain.main()\n\t/m/main.go:3\n"
	for in, want := range map[string]string{
		"hello\n" + stack: stack, stack: stack, "one\ntwo\n": "one\ntwo\n", "panic: no stack\n": "panic: no stack\n",
		strings.Repeat("x\n", 100): strings.Repeat("x\n", lastLines),
	} {
		if got := lastPanic(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestEditorCommand(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want []string
	}{
		{map[string]string{}, nil},
		{map[string]string{"EDITOR": "vim"}, nil},
		{map[string]string{"EDITOR": "vim", "VISUAL": "code -w"}, []string{"code", "-w", "-g", "/a b.go:3:4"}},
		{map[string]string{"GORUN_EDITOR": "goland", "VISUAL": "code"},
			[]string{"goland", "--line", "3", "--column", "4", "/a b.go"}},
		{map[string]string{"GORUN_EDITOR": "xterm -e 'vim +{line} {file}'"}, []string{"xterm", "-e", "vim +3 /a b.go"}},
		{map[string]string{"GORUN_EDITOR": "mine"}, []string{"mine", "/a b.go"}},
		{map[string]string{"EDITOR": "/usr/bin/emacsclient"}, []string{"/usr/bin/emacsclient", "-n", "+3:4", "/a b.go"}},
	} {
		getenv := func(name string) string { return c.env[name] }
		if got := editorCommand(getenv, "/a b.go", 3, 4); !slices.Equal(got, c.want) {
			t.Errorf("%v: %q, want %q", c.env, got, c.want)
		}
	}
	if got := editorLink("/a b.go", 3, 0); got != "vscode://file/a%20b.go:3:1" {
		t.Error(got)
	}
}

// Browsers are known by what they send first.
func TestWants(t *testing.T) {
	f := &Front{}
	for in, want := range map[string][2]bool{
		"":                                     {false, false},
		"GET / HT":                             {false, false},
		"GET / HTTP/1.1\r\nUser-Agent: curl/8": {false, false},
		"GET / HTTP/1.1\r\nUser-Agent: curl/8\r\n\r\n":                                         {false, true},
		"GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: Mozilla/5.0\r\n\r\n":                         {true, true},
		"GET / HTTP/1.1\r\nHost: x\r\nuser-agent: Mozilla/5.0\r\n":                             {true, false},
		"GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nUser-Agent: Mozilla/5.0\r\n\r\n":            {false, true},
		"GET /.gorun/socket HTTP/1.1\r\nUpgrade: websocket\r\nUser-Agent: Mozilla/5.0\r\n\r\n": {true, true},
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n":                                                     {false, true},
		"\x16\x03\x01":                                                                         {false, true},
		"{\"json\": 1}":                                                                        {false, true},
	} {
		if wants, sure := f.Wants([]byte(in)); wants != want[0] || sure != want[1] {
			t.Errorf("%q: %v, %v", in, wants, sure)
		}
	}
}

func TestFlag(t *testing.T) {
	for in, want := range map[string]Flag{
		"true": {On: true}, "false": {}, ":3000": {On: true, Address: ":3000"},
		":3000,localhost:8080": {On: true, Address: ":3000", Program: "localhost:8080"},
	} {
		var f Flag
		if err := f.Set(in); err != nil || f != want || f.String() != in {
			t.Errorf("%s: %+v, %v, %s", in, f, err, f.String())
		}
	}
	for _, in := range []string{"", "3000", ":0", ":3000,", ":x", ":3000,:8080,:1"} {
		if new(Flag).Set(in) == nil {
			t.Errorf("%q is not refused", in)
		}
	}
}
