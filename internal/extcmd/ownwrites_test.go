package extcmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/internal/environ"
	"github.com/gorun-dev/gorun/internal/runfiles"
)

// A page that has changed right after three starts in a row is the command's own, one that somebody has saved
// in between is not; new settings of the command begin anew.
func TestOwnWrites(t *testing.T) {
	dir := t.TempDir()
	page := filepath.Join(dir, "page.html")
	content := "a"
	write := func() {
		t.Helper()
		content += "b"
		if err := os.WriteFile(page, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write()
	var said []string
	make := func(last *OwnWrites) *OwnWrites {
		files := runfiles.New(runfiles.Options{
			Include: []runfiles.Glob{runfiles.NewGlob("*.html", dir)}, Dir: dir,
			Fail: func(format string, args ...any) { t.Errorf(format, args...) },
		})
		if _, err := files.Start(environ.Change{}); err != nil {
			t.Fatal(err)
		}
		included := func(path string) bool { return strings.HasSuffix(path, ".html") }
		return NewOwnWrites(files, included, func(path string) { said = append(said, path) }, last)
	}
	// changed says whether a write starts the command again, early or late after its start.
	changed := func(w *OwnWrites, late bool) bool {
		t.Helper()
		w.Started()
		if late {
			w.started = w.started.Add(-2 * ownWithin)
		}
		write()
		change, _ := w.Classify([]string{page})
		if _, err := w.Files.Start(environ.Change{}); err != nil {
			t.Fatal(err)
		}
		return change.Kind == depgraph.Restart
	}
	w := make(nil)
	for i, step := range []struct{ late, want bool }{
		{false, true}, {false, true}, {true, true}, // somebody has saved: the row begins anew
		{false, true}, {false, true}, {false, false}, {false, false}, {true, false},
	} {
		if got := changed(w, step.late); got != step.want {
			t.Errorf("step %d: %v, want %v", i, got, step.want)
		}
	}
	if len(said) != 1 || said[0] != page {
		t.Errorf("said %q", said)
	}
	w.started = time.Now()
	if next := make(w); !next.started.Equal(w.started) || !changed(next, false) {
		t.Error("the command's new settings pass over a file that its old ones did")
	}
}

func TestBuild(t *testing.T) {
	for _, c := range []struct {
		words, started []string
		same           bool
	}{
		{[]string{"npx", "a"}, nil, false},
		{[]string{"npx", "a"}, []string{"npx", "a"}, true},
		{[]string{"npx", "b"}, []string{"npx", "a"}, false},
	} {
		b := NewBuild(c.words, c.started)
		<-b.Done()
		if r := b.Result(); r.Same != c.same || !r.Same && r.Exe.Path != c.words[0] {
			t.Errorf("%q after %q: %+v", c.words, c.started, r)
		}
	}
}
