package console

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Debug lines are printed without asking whether they cause the next one. Two things keep
// them from becoming a stream: a line about a file that gorun's own lines go to is not
// printed, since printing it would be the next event of that file; and a topic prints so
// many lines a second. The second is for what the first cannot see, a pipe through tee
// into a watched directory, and for whatever else writes without end.

// debugLimit is how many lines of a topic are printed in a second: more than anybody reads,
// and few enough to cost nothing. A burst of saves is a few dozen.
const debugLimit = 300

// A topic is one word of GORUNDEBUG.
type topic struct {
	name string

	mu      sync.Mutex // guards what follows
	printed int        // lines in the second that runs
	left    int        // lines left out in it
	timer   *time.Timer
}

// Debug returns a function that prints lines of a topic, or nothing where
// GORUNDEBUG does not name it.
func (c *Console) Debug(name string) func(format string, args ...any) {
	t := c.topics[name]
	if t == nil {
		return func(string, ...any) {}
	}
	return func(format string, args ...any) {
		if !c.ownFile(args) && t.admit(c) {
			c.line(dim, name+": "+format, args)
		}
	}
}

// admit reports whether one more line may be printed in the second that runs.
func (t *topic) admit(c *Console) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.timer == nil {
		t.timer = time.AfterFunc(time.Second, func() { t.endSecond(c) })
	}
	if t.printed == debugLimit {
		t.left++
		return false
	}
	t.printed++
	return true
}

// endSecond says what was left out. The next line begins the next second.
func (t *topic) endSecond(c *Console) {
	t.mu.Lock()
	left := t.left
	t.printed, t.left, t.timer = 0, 0, nil
	t.mu.Unlock()
	if left > 0 {
		const text = "%s: %d lines were left out, more than %d came in a second"
		c.line(dim, text, []any{t.name, left, debugLimit})
	}
}

// ownFile reports whether a line is about a file that gorun's lines, or its program's
// output, go to: whether one of the arguments is such a file's path.
func (c *Console) ownFile(args []any) bool {
	if len(c.ownFiles) == 0 {
		return false
	}
	for _, arg := range args {
		path := fmt.Sprint(arg)
		if !filepath.IsAbs(path) {
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			continue
		}
		for _, own := range c.ownFiles {
			if os.SameFile(own, info) {
				return true
			}
		}
	}
	return false
}

// regularFiles returns those of the writers that are regular files.
func regularFiles(writers ...io.Writer) []os.FileInfo {
	var files []os.FileInfo
	for _, w := range writers {
		f, ok := w.(*os.File)
		if !ok {
			continue
		}
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			files = append(files, info)
		}
	}
	return files
}
