package watch

import (
	"errors"
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

// A lossy backend watches with another, and fails where the test says so.
type lossy struct {
	backend
	fail func(dir string) error // instead of add, nil: add
	deaf bool                   // add says yes and does nothing

	mu    sync.Mutex
	added []string
}

func (l *lossy) add(dir string) error {
	l.mu.Lock()
	l.added = append(l.added, dir)
	l.mu.Unlock()
	if l.fail != nil {
		if err := l.fail(dir); err != nil {
			return err
		}
	}
	if l.deaf {
		return nil
	}
	return l.backend.add(dir)
}

func (l *lossy) deadWatches(dirs []string) []string {
	if l.deaf {
		return nil
	}
	return l.backend.deadWatches(dirs)
}

func (l *lossy) adds() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.added)
}

// wrapped returns a rig whose event backend is l around the real one.
func wrapped(t *testing.T, l *lossy, more func(*Options, *tuning)) *rig {
	return newRig(t, "auto", func(o *Options, tu *tuning) {
		tu.wrap = func(b backend) backend { l.backend = b; return l }
		if more != nil {
			more(o, tu)
		}
	})
}

// The directories beyond the system's limit are polled, and one line says
// which limit it is and how to raise it.
func TestLimit(t *testing.T) {
	for _, err := range []error{limitError(), errors.New("no such luck")} {
		t.Run(err.Error(), func(t *testing.T) {
			room := 5
			l := &lossy{}
			l.fail = func(string) error {
				if room--; room < 0 {
					return &os.PathError{Op: "add", Path: "x", Err: err}
				}
				return nil
			}
			r := wrapped(t, l, nil)
			var dirs []string
			for i := range 12 {
				dirs = append(dirs, r.mkdir(r.join(fmt.Sprintf("d%02d", i))))
			}
			r.watch(dirs...)
			for _, d := range dirs {
				r.alive(d)
			}
			r.watch(dirs[:4]...)
			r.watch(dirs...)
			lines := r.said()
			if len(lines) != 1 {
				t.Fatalf("the user was told %d lines: %q", len(lines), lines)
			}
			if want := "polling 8 of 13 directories: "; !strings.HasPrefix(lines[0], want) {
				t.Errorf("%q does not begin with %q", lines[0], want)
			}
			if !strings.Contains(lines[0], refusalReason(err)) || strings.Contains(lines[0], "\n") {
				t.Errorf("%q does not say %q in one line", lines[0], refusalReason(err))
			}
		})
	}
}

// A relative directory (of a relative HOME) is polled, below the directory that gorun runs
// in, and one line says so. It is no reason to refuse the other directories.
func TestRelativeDirectory(t *testing.T) {
	for _, backend := range backends() {
		t.Run(backend, func(t *testing.T) {
			r := newRig(t, backend, nil)
			r.mkdir(r.join("rel", "sub"))
			t.Chdir(r.dir)
			relative, missing := filepath.Join("rel", "sub"), "later"
			for range 2 {
				r.watch(r.dir, relative, missing)
			}
			r.alive(r.dir)
			r.writeNoticed(r.join("rel", "sub", "a.go"), filepath.Join(relative, "a.go"))
			r.mkdir(r.join(missing))
			r.writeNoticed(r.join(missing, "b.go"), filepath.Join(missing, "b.go"))
			var want []string
			if backend != "poll" {
				want = []string{
					"polling rel/sub: it is not an absolute path",
					"polling later: it is not an absolute path",
				}
			}
			if !slices.Equal(r.said(), want) {
				t.Errorf("the lines are %q, want %q", r.said(), want)
			}
			r.watch(r.dir) // and it goes, as any other
			r.drainEchoes()
			r.write(r.join("rel", "sub", "a.go"), "package abc")
			if got := r.drainEchoes(); slices.Contains(got, filepath.Join(relative, "a.go")) {
				t.Error("it is polled after it was taken off the list")
			}
		})
	}
}

// Not even one watch can be had: everything is polled.
func TestNoInstance(t *testing.T) {
	r := newRig(t, "auto", func(_ *Options, tu *tuning) {
		tu.open = func(backendSink) (backend, error) { return nil, errors.New("no instances left") }
	})
	r.watch(r.dir, r.join("later"))
	r.alive(r.dir)
	r.mkdir(r.join("later"))
	r.alive(r.join("later"))
	if want := []string{"polling all directories: no instances left"}; !slices.Equal(r.said(), want) {
		t.Errorf("the user was told %q, want %q", r.said(), want)
	}
}

// After an overflow everything is reported, and every watch is renewed:
// the end of one may be among the events that were lost.
func TestOverflow(t *testing.T) {
	l := &lossy{}
	var sink backendSink
	r := wrapped(t, l, func(_ *Options, tu *tuning) {
		tu.open = func(s backendSink) (backend, error) { sink = s; return openFsnotify(s) }
	})
	r.watch(r.dir)
	r.drainEchoes()
	before := l.adds()
	sink.watchesLost("a test")
	if b := r.next("all"); !b.All {
		t.Errorf("batch after an overflow = %+v, want All", b)
	}
	eventually(t, "the watches are renewed", func() bool { return l.adds() >= before+2 })
	r.alive(r.dir)
}

// A watch that ends without an event is found dead by the heartbeat.
func TestDeadWatch(t *testing.T) {
	r := newRig(t, "fsnotify", nil)
	r.watch(r.dir)
	r.drainEchoes()
	if err := r.w.backend.(*fsnotifyBackend).w.Remove(r.dir); err != nil {
		t.Fatal(err)
	}
	if b := r.next("all"); !b.All {
		t.Errorf("batch = %+v, want All", b)
	}
	r.alive(r.dir)
}

// A directory that was missing is watched when Watch returns, if it is there by
// then, without waiting for a heartbeat; and what is in it is not reported by
// event, so everything is reported.
func TestMissingIsTriedAgain(t *testing.T) {
	r := wrapped(t, &lossy{}, func(_ *Options, tu *tuning) { tu.heartbeat = time.Hour })
	sub := r.join("later", "sub")
	r.watch(sub)
	r.drainEchoes()
	r.write(filepath.Join(r.mkdir(sub), "a.go"), "package a")
	r.watch(sub)
	if b := r.next("all"); !b.All {
		t.Errorf("batch = %+v, want All", b)
	}
	r.alive(sub)
}

// A file system that takes watches and sends nothing, and is not known for it.
func TestDeafDir(t *testing.T) {
	r := wrapped(t, &lossy{deaf: true}, nil)
	p := r.write(r.join("a.go"), "package a")
	if err := r.w.Watch([]string{r.dir}); err != nil {
		t.Fatal(err)
	}
	r.write(r.join("b.go"), "package b")
	if b := r.next("all"); !b.All {
		t.Errorf("batch = %+v, want All", b)
	}
	r.write(p, "package abc") // polled from now on
	r.path(p)
	if lines := r.said(); len(lines) != 1 || !strings.Contains(lines[0], r.dir) {
		t.Errorf("the user was told %q, want one line that names %s", lines, r.dir)
	}
}

// A directory of a remote file system is polled, too.
func TestRemote(t *testing.T) {
	r := wrapped(t, &lossy{deaf: true}, func(_ *Options, tu *tuning) {
		tu.heartbeat = time.Hour
		tu.remote = func(dir string) string {
			if strings.Contains(dir, "case") {
				return "a far server"
			}
			return ""
		}
	})
	p := r.write(r.join("a.go"), "package a")
	if err := r.w.Watch([]string{r.dir, r.mkdir(r.join("sub"))}); err != nil {
		t.Fatal(err)
	}
	r.write(p, "package abc")
	r.path(p)
	want := []string{r.dir + " is on a far server, which does not report every change: polling it"}
	if !slices.Equal(r.said(), want) {
		t.Errorf("the user was told %q, want %q", r.said(), want)
	}
}

// A directory of a remote file system that goes and comes back, and one that
// appears later: what is in it is reported, though no event says so.
func TestRemoteAppears(t *testing.T) {
	r := wrapped(t, &lossy{deaf: true}, func(_ *Options, tu *tuning) {
		tu.heartbeat = 20 * time.Millisecond
		tu.remote = func(string) string { return "a far server" }
	})
	sub := r.mkdir(r.join("sub"))
	p := r.write(r.join("sub", "a.go"), "package a")
	later := r.join("later")
	if err := r.w.Watch([]string{sub, later}); err != nil {
		t.Fatal(err)
	}
	r.rename(sub, r.join("away"))
	r.noticed(p, sub)
	r.rename(r.join("away"), sub)
	r.noticed(p, sub)
	r.write(filepath.Join(r.mkdir(r.join("made")), "b.go"), "package b")
	r.rename(r.join("made"), later)
	r.noticed(later, filepath.Join(later, "b.go"))
	r.write(p, "package abc")
	r.noticed(p)
	r.write(filepath.Join(later, "b.go"), "package abc")
	r.noticed(filepath.Join(later, "b.go"))
}

func TestRemoteHere(t *testing.T) {
	if runtime.GOOS == "linux" {
		if got := remote("/proc"); got != "" {
			t.Errorf("remote(/proc) = %q", got)
		}
	}
	if got := remote(filepath.Join(t.TempDir(), "missing")); got != "" {
		t.Errorf("remote of a missing directory = %q", got)
	}
}

// A directory that cannot be read is not an error, and is watched when it can be.
func TestUnreadable(t *testing.T) {
	if runtime.GOOS == "windows" || os.Getuid() == 0 {
		t.Skip("every directory is readable here")
	}
	for _, backend := range backends() {
		t.Run(backend, func(t *testing.T) {
			r := newRig(t, backend, nil)
			sub := r.mkdir(r.join("sub"))
			r.write(r.join("sub", "a.go"), "package a")
			r.ok(os.Chmod(sub, 0o300))
			t.Cleanup(func() { os.Chmod(sub, 0o700) })
			r.watch(r.dir, sub)
			r.drainEchoes()
			r.ok(os.Chmod(sub, 0o700))
			r.noticed(r.join("sub", "a.go"))
			r.alive(sub)
			if lines := r.said(); len(lines) != 0 {
				t.Errorf("the user was told %q", lines)
			}
		})
	}
}

// A refused directory is tried again with the heartbeat.
func TestRefusedForNow(t *testing.T) {
	l := &lossy{}
	refuse, asked := true, 0
	var mu sync.Mutex
	r := wrapped(t, l, nil)
	l.fail = func(dir string) error {
		mu.Lock()
		defer mu.Unlock()
		if refuse && dir == r.dir {
			asked++
			return os.ErrPermission
		}
		return nil
	}
	r.watch(r.dir)
	eventually(t, "it is tried again", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return asked >= 3
	})
	if got := r.drainEchoes(); slices.Contains(got, "all") {
		t.Error("trying in vain reports everything")
	}
	mu.Lock()
	refuse = false
	mu.Unlock()
	if b := r.next("all"); !b.All {
		t.Errorf("batch = %+v, want All", b)
	}
	r.alive(r.dir)
}

func TestNew(t *testing.T) {
	if _, err := New(Options{Backend: "inotify"}); err == nil || !strings.Contains(err.Error(), `"inotify"`) {
		t.Errorf("unknown backend: %v", err)
	}
	w, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := w.Watch(nil); err != nil {
		t.Error(err)
	}
}

func TestOnDisk(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "Über", "src"), 0o777); err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		"Über/src":  "Über/src",
		"über/SRC":  "Über/src",
		"none/here": "none/here",
	} {
		if got := onDisk(filepath.Join(dir, in)); got != filepath.Join(dir, want) {
			t.Errorf("onDisk(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestTrees(t *testing.T) {
	var tr trees
	add := func(dir string) string {
		if tr.join(dir) {
			return "joined"
		}
		inner := tr.plant(dir)
		slices.Sort(inner)
		return strings.Join(inner, ",")
	}
	for _, c := range []struct{ dir, want string }{
		{"/u/p/a", ""},
		{"/u/p/ab", ""},
		{"/u/p/a/b", "joined"},
		{"/u/p/c/d", ""},
		{"/u/p", "/u/p/a,/u/p/ab,/u/p/c/d"},
		{"/u/p/e", "joined"},
		{"/u/pq", ""},
	} {
		if got := add(c.dir); got != c.want {
			t.Errorf("adding %s: %q, want %q", c.dir, got, c.want)
		}
	}
	for i, dir := range []string{"/u/p", "/u/p/a", "/u/p/ab", "/u/p/a/b", "/u/p/c/d", "/u/p/e"} {
		root, last := tr.leave(dir)
		if root != "/u/p" || last != (i == 5) {
			t.Errorf("leave(%s) = %s, %v", dir, root, last)
		}
	}
	if _, last := tr.leave("/u/p"); last {
		t.Error("a directory that left twice is the last")
	}
}

// Checks of many directories are rarer.
func TestHeartbeatFollowsItsCost(t *testing.T) {
	l := &watchlist{heartbeat: 2 * time.Second}
	for check, want := range map[time.Duration]time.Duration{
		time.Millisecond:     2 * time.Second,
		5 * time.Millisecond: 5 * time.Second,
		time.Second:          30 * time.Second,
	} {
		if got := l.heartbeatPause(check); got != want {
			t.Errorf("after a check of %v a pause of %v, want %v", check, got, want)
		}
	}
}
