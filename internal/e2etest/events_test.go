//go:build unix

package e2etest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	osexec "os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorun-dev/gorun/internal/event"
	"github.com/gorun-dev/gorun/internal/longtest"
	"github.com/gorun-dev/gorun/internal/proctest"
)

// busyTime is how long TestEventsOfABusyMinute is busy.
const busyTime = time.Minute

// clockDrift is how far times and elapsed times may be apart: those are the wall
// clock's, which the system corrects while gorun runs, these are not.
const clockDrift = time.Millisecond

const busyProgram = `package main

import (
	"fmt"
	"time"
)

func main() {
	fmt.Println("version %s")
	time.Sleep(time.Hour)
}
`

// TestEventsOfABusyMinute edits a program, breaks it, undoes that, and asks for
// restarts, for a minute. What -events writes must parse, be in order, and add up to
// what the reload lines say.
func TestEventsOfABusyMinute(t *testing.T) {
	longtest.Skip(t) // a minute
	t.Parallel()
	r := random(t)
	dir := t.TempDir()
	module := filepath.Join(dir, "module")
	if err := os.Mkdir(module, 0o777); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(module, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", "module example.com/busy\n\ngo 1.26\n")
	write("main.go", fmt.Sprintf(busyProgram, "0"))
	gorun := filepath.Join(dir, "gorun")
	proctest.Install(t, gorun)
	file := filepath.Join(dir, "events.json")
	var out, errOut proctest.Output
	cmd := osexec.Command(gorun, "-watch", "-events="+file, ".")
	cmd.Dir = module
	cmd.Env = append(os.Environ(), "GORUNCACHE="+filepath.Join(dir, "cache"), "CI=", "GOFLAGS=", "GOWORK=off")
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	wait := func(o *proctest.Output, text string, n int) {
		t.Helper()
		if !proctest.Eventually(func() bool { return strings.Count(o.String(), text) >= n }, nil) {
			t.Fatalf("no %d× %q:\n%s%s", n, text, out.String(), errOut.String())
		}
	}
	wait(&out, "version 0\n", 1)
	good := fmt.Sprintf(busyProgram, "0")
	for i, until := 1, time.Now().Add(busyTime); time.Now().Before(until); i++ {
		version := fmt.Sprint(i)
		switch r.IntN(6) {
		case 0:
			failed := strings.Count(errOut.String(), "build failed")
			write("main.go", fmt.Sprintf(busyProgram, version)+"nonsense\n")
			wait(&errOut, "build failed", failed+1)
		case 1:
			write("main.go", good+"// again\n")
			proctest.Pause(time.Duration(r.IntN(300)) * time.Millisecond)
			write("main.go", good)
		case 2:
			restarted := strings.Count(errOut.String(), "restarted in")
			cmd.Process.Signal(syscall.SIGUSR1)
			wait(&errOut, "restarted in", restarted+1)
		case 3: // one that is overtaken
			write("main.go", fmt.Sprintf(busyProgram, version+"!"))
			proctest.Pause(time.Duration(r.IntN(400)) * time.Millisecond)
			fallthrough
		default:
			good = fmt.Sprintf(busyProgram, version)
			write("main.go", good)
			wait(&out, "version "+version+"\n", 1)
		}
		proctest.Pause(time.Duration(r.IntN(4)*r.IntN(200)) * time.Millisecond)
	}
	cmd.Process.Signal(syscall.SIGTERM)
	cmd.Wait()
	checkEvents(t, file, errOut.String())
}

// reloadLine is a reload line with a time in it.
var reloadLine = regexp.MustCompile(`(?m)^gorun: .*(?:swapped in |restarted in |not restarted \()([0-9a-zµ.]+)\)?$`)

// checkEvents holds what -events wrote against what was printed.
func checkEvents(t *testing.T, file, printed string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sums := map[int]float64{}
	before := map[int]event.Event{}
	var last time.Time
	type line struct {
		reload int
		took   time.Duration
	}
	var want []line // the reload lines
	count := map[event.Kind]int{}
	newest := -1
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var e event.Event
		dec := json.NewDecoder(strings.NewReader(lines.Text()))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&e); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		count[e.Kind]++
		if e.Time.Before(last) {
			t.Errorf("%s comes before %v", lines.Text(), last)
		}
		last = e.Time
		b, known := before[e.Reload]
		switch {
		case known:
			if gap := e.Time.Sub(b.Time).Seconds() - e.Elapsed; math.Abs(gap) > clockDrift.Seconds() {
				t.Errorf("a gap of %f s before %s", gap, lines.Text())
			}
		case e.Reload != newest+1:
			t.Errorf("reload %d follows on %d", e.Reload, newest)
		}
		newest = max(newest, e.Reload)
		before[e.Reload] = e
		sums[e.Reload] += e.Elapsed
		if e.Reload > 0 && (e.Kind == event.Swapped || e.Kind == event.Restarted || e.Same && e.How != "nothing") {
			// A reload has one line: that of a build that came out the same is left
			// out where a restart was asked for meanwhile.
			want = slices.DeleteFunc(want, func(l line) bool { return l.reload == e.Reload })
			want = append(want, line{e.Reload, time.Duration(sums[e.Reload] * float64(time.Second)).Round(time.Millisecond)})
		}
		if e.Kind == event.Failed && len(e.Errors) == 0 {
			t.Errorf("no error in %s", lines.Text())
		}
	}
	var got []time.Duration
	for _, m := range reloadLine.FindAllStringSubmatch(printed, -1) {
		d, err := time.ParseDuration(m[1])
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, d)
	}
	t.Logf("%d reload lines; events: %v", len(got), count)
	if len(got) != len(want) || len(got) < 5 {
		t.Fatalf("%d reload lines, %d such reloads among the events:\n%s", len(got), len(want), printed)
	}
	for i := range got {
		if d := got[i] - want[i].took; d < -time.Millisecond || d > time.Millisecond {
			t.Errorf("the line of reload %d says %v, its events add up to %v", want[i].reload, got[i], want[i].took)
		}
	}
}
