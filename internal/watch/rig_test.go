package watch

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// backends are those that this system has.
func backends() []string {
	if openNotify == nil {
		return []string{"fsnotify", "poll"}
	}
	return []string{"fsnotify", "notify", "poll"}
}

// A rig is a watcher under test, over directories of its own.
type rig struct {
	*testing.T
	dir     string // root of the case; nothing in it is watched unless the case says so
	side    string // a watched directory, for drainEchoes
	backend string
	w       *watcher
	serial  int

	mu    sync.Mutex
	lines []string // said to the user
}

// patience is how long a change may take to be noticed before it counts as
// lost: the machine may be busy with other things.
const patience = 20 * time.Second

func newRig(t *testing.T, backend string, tune func(*Options, *tuning)) *rig {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{T: t, backend: backend, dir: filepath.Join(root, "case"), side: filepath.Join(root, "side")}
	r.mkdir(r.dir)
	r.mkdir(r.side)
	o := Options{
		Backend:  backend,
		Interval: 10 * time.Millisecond,
		Say: func(line string) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.lines = append(r.lines, line)
		},
		Debug: func(format string, args ...any) {
			if os.Getenv("WATCH_TEST_DEBUG") != "" {
				fmt.Fprintf(os.Stderr, "%s "+format+"\n", append([]any{t.Name()}, args...)...)
			}
		},
	}
	tu := tuning{heartbeat: 200 * time.Millisecond, repeatDelay: time.Hour}
	if tune != nil {
		tune(&o, &tu)
	}
	r.w, err = newWatcher(o, tu)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.w.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return r
}

func (r *rig) watch(dirs ...string) {
	r.Helper()
	if err := r.w.Watch(append([]string{r.side}, dirs...)); err != nil {
		r.Fatal(err)
	}
}

// next returns the next batch.
func (r *rig) next(waitingFor string) Batch {
	r.Helper()
	select {
	case b, ok := <-r.w.Batches():
		if !ok {
			r.Fatalf("closed while waiting for %s", waitingFor)
		}
		return b
	case <-time.After(patience):
		r.Fatalf("never noticed: %s", waitingFor)
	}
	panic("unreachable")
}

// path waits for the path itself; All does not do.
func (r *rig) path(path string) {
	r.Helper()
	r.until(path, func(b Batch) bool {
		if b.All {
			r.Logf("all, while waiting for %s", path)
		}
		return slices.Contains(b.Paths, path)
	})
}

// noticed waits for one of the paths, or All.
func (r *rig) noticed(paths ...string) {
	r.Helper()
	r.until(strings.Join(paths, " or "), func(b Batch) bool {
		return b.All || slices.ContainsFunc(b.Paths, func(p string) bool { return slices.Contains(paths, p) })
	})
}

func (r *rig) until(what string, ok func(Batch) bool) {
	r.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if ok(r.next(what)) {
			return
		}
	}
	r.Fatalf("other things were noticed, but never %s", what)
}

// drainEchoes reads what is still to come, so that what a case waits for next
// cannot be an echo of what it did before. It returns the paths that it read.
func (r *rig) drainEchoes() (drained []string) {
	r.Helper()
	for range 2 { // notify delivers out of order
		r.serial++
		mark := filepath.Join(r.side, fmt.Sprint("mark", r.serial))
		r.write(mark, "")
		for {
			b := r.next(mark)
			drained = append(drained, b.Paths...)
			if slices.Contains(b.Paths, mark) {
				break
			}
			if b.All {
				drained = append(drained, "all")
				r.write(mark, "x") // the mark may have been in it
			}
		}
	}
	return drained
}

// alive shows that a directory is watched now: files in it are noticed by path.
func (r *rig) alive(dir string) {
	r.Helper()
	r.serial++
	p := filepath.Join(dir, fmt.Sprint("alive", r.serial, ".go"))
	r.writeNoticed(p, p)
}

// writeNoticed writes to a file and waits for its path, as the watcher spells
// it. All alone does not do, or a watcher that says nothing else would pass; a
// few may still come of what went before.
func (r *rig) writeNoticed(file, path string) {
	r.Helper()
	for i := range 10 {
		r.drainEchoes()
		r.write(file, strings.Repeat("x", i+1))
		for {
			b := r.next(path)
			if slices.Contains(b.Paths, path) {
				return
			}
			if b.All {
				break
			}
		}
	}
	r.Fatalf("%s: everything is reported, again and again", path)
}

func (r *rig) said() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.lines)
}

func (r *rig) join(elem ...string) string {
	return filepath.Join(append([]string{r.dir}, elem...)...)
}

func (r *rig) ok(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

func (r *rig) mkdir(dir string) string {
	r.Helper()
	r.ok(os.MkdirAll(dir, 0o777))
	return dir
}

func (r *rig) write(path, content string) string {
	r.Helper()
	r.ok(os.WriteFile(path, []byte(content), 0o666))
	return path
}

func (r *rig) rename(from, to string) {
	r.Helper()
	r.ok(os.Rename(from, to))
}

func (r *rig) symlink(target, link string) {
	r.Helper()
	if err := os.Symlink(target, link); err != nil {
		if runtime.GOOS == "windows" {
			r.Skip(err)
		}
		r.Fatal(err)
	}
}

// eventually waits for what has no channel.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never happened: %s", what)
		}
	}
}
