package programs

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/gorun-dev/gorun/internal/event"
	"github.com/gorun-dev/gorun/internal/live"
)

// TestRoster plays testdata/roster.txt: programs, what happens, and what follows from it. A line
// "program NAME needs=A,B restart-with=C" names a program, "stay" is -watch; every other line is
// an event, and the indented lines after it are its effects. UPDATE=1 writes them.
func TestRoster(t *testing.T) {
	file := filepath.Join("testdata", "roster.txt")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	a := txtar.Parse(data)
	for i := range a.Files {
		f := &a.Files[i]
		got := play(t, string(f.Data))
		if os.Getenv("UPDATE") != "" {
			f.Data = []byte(got)
		} else if got != string(f.Data) {
			t.Errorf("%s: got\n%s\nwant\n%s", f.Name, got, f.Data)
		}
	}
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(file, txtar.Format(a), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func play(t *testing.T, script string) string {
	var programs []Program
	var r *roster
	stay := false
	var b strings.Builder
	for line := range strings.Lines(script) {
		if strings.HasPrefix(line, "\t") {
			continue
		}
		b.WriteString(line)
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		switch words[0] {
		case "stay":
			stay = true
			continue
		case "program":
			p := Program{Name: words[1], Grace: time.Duration(len(programs)+1) * time.Second}
			for _, w := range words[2:] {
				key, value, _ := strings.Cut(w, "=")
				switch key {
				case "needs":
					p.Needs = strings.Split(value, ",")
				case "restart-with":
					p.RestartWith = strings.Split(value, ",")
				}
			}
			programs = append(programs, p)
			continue
		}
		if r == nil {
			r = newRoster(programs, stay)
		}
		for _, f := range r.step(eventOf(t, words)) {
			fmt.Fprintf(&b, "\t%s\n", f)
		}
	}
	return b.String()
}

// eventOf reads an event: "begun", "signal TERM", "api ready", "api exited 3", "api state
// waiting", "api over 0"; of an event "asked" and "pid=1" may be the last words.
func eventOf(t *testing.T, words []string) any {
	switch strings.Join(words, " ") {
	case "begun":
		return begun{}
	case "signal INT":
		return signalled{syscall.SIGINT}
	case "signal TERM":
		return signalled{syscall.SIGTERM}
	case "grace over":
		return graceOver{}
	}
	name, number, pid := words[0], 0, 0
	if last, ok := strings.CutPrefix(words[len(words)-1], "pid="); ok {
		pid, _ = strconv.Atoi(last)
		words = words[:len(words)-1]
	}
	asked := words[len(words)-1] == "asked"
	if len(words) > 2 {
		number, _ = strconv.Atoi(words[2])
	}
	switch words[1] {
	case "state":
		return stateTold{name, live.State(words[2])}
	case "over":
		return loopOver{name, number}
	case "stop":
		return stopAsked{name}
	case "start":
		return startAsked{name}
	case "change", "swapped", "restarted", "ready", "exited", "failed":
		return happened{event.Event{Program: name, Kind: event.Kind(words[1]), Pid: pid, Status: &number, Asked: asked}}
	}
	t.Fatalf("no event %q", words)
	return nil
}
