package console_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorun-dev/gorun/internal/console"
)

// A stream of events, as of a file that tee writes gorun's own lines to, does not become a
// stream of lines: so many a second, and then how many were left out.
func TestDebugIsLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b lockedBuffer
		debug := console.New(&b, console.Options{Debug: "watch,exec"}).Debug("watch")
		const limit = 300
		for i := range 5 * limit {
			debug("event %d", i)
		}
		want := limit
		if got := b.lines(); got != want {
			t.Errorf("%d lines in no time, want %d", got, want)
		}
		time.Sleep(1500 * time.Millisecond)
		synctest.Wait()
		if got := b.last(); got != "gorun: watch: 1200 lines were left out, more than 300 came in a second\n" {
			t.Errorf("the last line is %q", got)
		}
		debug("another")
		if got := b.last(); got != "gorun: watch: another\n" {
			t.Errorf("after a second the last line is %q", got)
		}

		// For ten seconds each line makes two more.
		before := b.lines()
		for range 10_000 {
			debug("event")
			time.Sleep(time.Millisecond)
		}
		if got := b.lines() - before; got > 11*(limit+1) {
			t.Errorf("%d lines in ten seconds", got)
		}
	})
}

// One topic's stream is no reason to leave out lines of another.
func TestDebugIsLimitedByTopic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b lockedBuffer
		con := console.New(&b, console.Options{Debug: "watch,exec"})
		for range 1000 {
			con.Debug("watch")("event") // each call of Debug is the same topic
		}
		con.Debug("exec")("started")
		if got := b.last(); got != "gorun: exec: started\n" {
			t.Errorf("the last line is %q", got)
		}
		if got := b.lines(); got != 301 {
			t.Errorf("%d lines, want 301", got)
		}
		time.Sleep(2 * time.Second)
	})
}

// A line about the file that it is written to would be an event of that file, which is a
// line, and so on without end.
func TestDebugIsNotAboutItsOwnFile(t *testing.T) {
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "gorun.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.Symlink("gorun.log", filepath.Join(dir, "link.log")); err != nil {
		t.Skip(err)
	}
	other := filepath.Join(dir, "other.log")
	if err := os.WriteFile(other, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	debug := console.New(f, console.Options{Debug: "watch"}).Debug("watch")
	for _, path := range []string{f.Name(), filepath.Join(dir, "link.log"), other, filepath.Join(dir, "gone.log")} {
		debug("%s: none", path)
	}
	debug("%d directories", 3)
	got, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("gorun: watch: %s: none\ngorun: watch: %s: none\ngorun: watch: 3 directories\n",
		other, filepath.Join(dir, "gone.log"))
	if string(got) != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// A lockedBuffer may be read while lines are written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *lockedBuffer) lines() int { return strings.Count(l.text(), "\n") }

func (l *lockedBuffer) last() string {
	lines := strings.SplitAfter(l.text(), "\n")
	return lines[len(lines)-2]
}
