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

// cases is what every backend must do.
var cases = []struct {
	name string
	run  func(r *rig)
}{
	{"create", func(r *rig) {
		r.watch(r.dir)
		r.path(r.write(r.join("a.go"), "package a"))
	}},
	{"write", func(r *rig) {
		p := r.write(r.join("a.go"), "package a")
		r.watch(r.dir)
		r.write(p, "package abc")
		r.path(p)
	}},
	{"append", func(r *rig) {
		p := r.write(r.join("a.go"), "package a")
		r.watch(r.dir)
		f, err := os.OpenFile(p, os.O_APPEND|os.O_WRONLY, 0)
		r.ok(err)
		defer f.Close()
		_, err = f.WriteString("\n")
		r.ok(err)
		r.path(p)
	}},
	{"truncate and write again", func(r *rig) {
		p := r.write(r.join("a.go"), "package a")
		r.watch(r.dir)
		r.ok(os.Truncate(p, 0))
		r.path(p)
		r.drainEchoes()
		r.write(p, "package a")
		r.path(p)
	}},
	{"atomic save", func(r *rig) {
		p := r.write(r.join("a.go"), "package a")
		r.watch(r.dir)
		for i := range 3 { // the second save is what a watch on the file would miss
			r.drainEchoes()
			r.rename(r.write(r.join(".a.go~"), fmt.Sprint("package a // ", i)), p)
			r.path(p)
		}
	}},
	{"save by backup and create", func(r *rig) {
		p := r.write(r.join("a.go"), "package a")
		r.watch(r.dir)
		r.rename(p, p+"~")
		r.write(p, "package b")
		r.path(p)
	}},
	{"remove", func(r *rig) {
		p := r.write(r.join("a.go"), "package a")
		r.watch(r.dir)
		r.ok(os.Remove(p))
		r.path(p)
	}},
	{"rename a file", func(r *rig) {
		p := r.write(r.join("a.go"), "package a")
		r.watch(r.dir)
		r.rename(p, r.join("b.go"))
		b := map[string]bool{}
		for !b[p] || !b[r.join("b.go")] {
			for _, path := range r.next("both names").Paths {
				b[path] = true
			}
		}
	}},
	{"rename a file in from outside", func(r *rig) {
		r.mkdir(r.join("in"))
		p := r.write(r.join("a.go"), "package a")
		r.watch(r.join("in"))
		r.rename(p, r.join("in", "a.go"))
		r.path(r.join("in", "a.go"))
	}},
	{"rename a file out", func(r *rig) {
		r.mkdir(r.join("in"))
		p := r.write(r.join("in", "a.go"), "package a")
		r.watch(r.join("in"))
		r.rename(p, r.join("a.go"))
		r.path(p)
	}},
	{"file becomes directory", func(r *rig) {
		p := r.write(r.join("a"), "x")
		r.watch(r.dir)
		r.ok(os.Remove(p))
		r.mkdir(p)
		r.path(p)
	}},
	{"unresolved link", func(r *rig) {
		r.watch(r.dir)
		r.symlink(r.join("nowhere"), r.join("a.go"))
		r.path(r.join("a.go"))
	}},
	{"names", func(r *rig) {
		d := r.mkdir(r.join("größe – 文件 dir", "$HOME 'x'"))
		r.watch(d)
		names := []string{"ein leerschritt.go", "ünï.go", "文件.go", "tab\tname.go", "-x.go", "$a.go", "...go"}
		for _, name := range names {
			if runtime.GOOS == "windows" && strings.Contains(name, "\t") {
				continue
			}
			r.drainEchoes()
			r.path(r.write(filepath.Join(d, name), "x"))
		}
	}},
	{"permissions alone", func(r *rig) {
		p := r.write(r.join("a.go"), "package a")
		r.watch(r.dir)
		r.drainEchoes()
		r.ok(os.Chmod(p, 0o600))
		r.ok(os.Chmod(r.dir, 0o700))
		if got := r.drainEchoes(); slices.Contains(got, p) || slices.Contains(got, r.dir) || slices.Contains(got, "all") {
			r.Errorf("permissions were reported: %q", got)
		}
		r.alive(r.dir)
	}},
	{"reading", func(r *rig) {
		p := r.write(r.join("a.go"), "package a")
		r.watch(r.dir)
		r.drainEchoes()
		_, err := os.ReadFile(p)
		r.ok(err)
		_, err = os.ReadDir(r.dir)
		r.ok(err)
		if got := r.drainEchoes(); slices.Contains(got, p) || slices.Contains(got, r.dir) || slices.Contains(got, "all") {
			r.Errorf("reading was reported: %q", got)
		}
	}},
	{"new directory", func(r *rig) {
		r.watch(r.dir)
		r.path(r.mkdir(r.join("sub")))
	}},
	{"new deep directory, then watched", func(r *rig) {
		r.watch(r.dir)
		deep := r.mkdir(r.join("a", "b", "c"))
		r.path(r.join("a"))
		r.watch(r.dir, r.join("a"), r.join("a", "b"), deep)
		r.drainEchoes()
		r.path(r.write(filepath.Join(deep, "c.go"), "package c"))
		r.alive(r.join("a", "b"))
	}},
	{"directory goes", func(r *rig) {
		sub := r.mkdir(r.join("sub"))
		r.write(r.join("sub", "a.go"), "package a")
		r.watch(r.dir, sub)
		r.drainEchoes()
		r.ok(os.RemoveAll(sub))
		r.noticed(sub)
	}},
	{"directory renamed away and back", func(r *rig) {
		sub := r.mkdir(r.join("sub"))
		r.watch(r.dir, sub)
		for range 2 {
			r.drainEchoes()
			r.rename(sub, r.join("away"))
			r.noticed(sub)
			r.drainEchoes()
			r.rename(r.join("away"), sub)
			r.noticed(sub)
			r.alive(sub)
		}
	}},
	{"directory renamed away and back at once", func(r *rig) {
		sub := r.mkdir(r.join("sub"))
		r.watch(r.dir, sub)
		r.drainEchoes()
		r.rename(sub, r.join("away"))
		r.rename(r.join("away"), sub)
		if r.backend != "poll" { // nothing is different
			r.noticed(sub)
		}
		r.alive(sub)
	}},
	{"directory away and back, its parent not watched", func(r *rig) {
		sub := r.mkdir(r.join("sub"))
		r.watch(sub)
		r.drainEchoes()
		r.rename(sub, r.join("away"))
		r.noticed(sub)
		r.drainEchoes()
		r.rename(r.join("away"), sub)
		r.noticed(sub)
		r.alive(sub)
	}},
	{"directory removed and made again", func(r *rig) {
		sub := r.mkdir(r.join("sub"))
		p := r.write(r.join("sub", "a.go"), "package a")
		r.watch(r.dir, sub)
		r.drainEchoes()
		r.ok(os.RemoveAll(sub))
		r.mkdir(sub) // often with the same inode
		r.noticed(sub, p)
		r.alive(sub)
	}},
	{"directory replaced", func(r *rig) {
		sub := r.mkdir(r.join("sub"))
		r.write(r.join("sub", "a.go"), "package a")
		other := r.mkdir(r.join("other"))
		r.write(r.join("other", "a.go"), "package other")
		r.watch(r.dir, sub)
		r.drainEchoes()
		r.rename(sub, r.join("old"))
		r.rename(other, sub)
		r.noticed(sub, r.join("sub", "a.go"))
		r.writeNoticed(r.join("sub", "a.go"), r.join("sub", "a.go"))
		for range 5 { // a watch reports each time, an echo of the last write not
			r.drainEchoes()
			r.write(r.join("old", "a.go"), "package old")
			if !slices.Contains(r.drainEchoes(), r.join("sub", "a.go")) {
				return
			}
		}
		r.Error("the directory that was moved away is still watched")
	}},
	{"project renamed away and back", func(r *rig) {
		// Nothing above the project is watched: no event tells.
		sub := r.mkdir(r.join("home", "project", "sub"))
		p := r.write(filepath.Join(sub, "a.go"), "package a")
		r.watch(r.join("home", "project"), sub)
		r.drainEchoes()
		r.rename(r.join("home"), r.join("away"))
		r.noticed(r.join("home", "project"))
		r.drainEchoes()
		r.write(r.join("away", "project", "sub", "a.go"), "package changed")
		r.drainEchoes()
		r.rename(r.join("away"), r.join("home"))
		r.noticed(r.join("home", "project"), p)
		r.alive(sub)
		r.alive(r.join("home", "project"))
	}},
	{"project replaced by another", func(r *rig) {
		for _, v := range []string{"home", "next"} {
			sub := r.mkdir(r.join(v, "project", "sub"))
			r.write(filepath.Join(sub, "a.go"), "package "+v)
		}
		sub := r.join("home", "project", "sub")
		r.watch(r.join("home", "project"), sub)
		r.drainEchoes()
		r.rename(r.join("home"), r.join("old"))
		r.rename(r.join("next"), r.join("home"))
		r.noticed(filepath.Join(sub, "a.go"))
		r.alive(sub)
	}},
	{"missing directory appears", func(r *rig) {
		sub := r.join("later", "sub")
		r.watch(sub) // its parent is not there either
		r.drainEchoes()
		r.mkdir(sub)
		r.noticed(sub)
		r.alive(sub)
	}},
	{"missing directory appears in a watched one", func(r *rig) {
		r.watch(r.dir, r.join("later"))
		r.drainEchoes()
		r.mkdir(r.join("later"))
		r.noticed(r.join("later"))
		r.alive(r.join("later"))
	}},
	{"missing directory appears and is watched again", func(r *rig) {
		sub := r.join("later")
		r.watch(sub)
		r.drainEchoes()
		r.mkdir(sub)
		r.watch(sub)
		r.noticed(r.write(r.join("later", "a.go"), "package a"))
		r.alive(sub)
	}},
	{"file where a directory is wanted", func(r *rig) {
		p := r.write(r.join("a"), "")
		r.watch(p)
		r.drainEchoes()
		r.ok(os.Remove(p))
		r.mkdir(p)
		r.noticed(p)
		r.alive(p)
	}},
	{"linked directory", func(r *rig) {
		real := r.mkdir(r.join("real"))
		r.symlink(real, r.join("link"))
		r.watch(r.join("link"))
		r.drainEchoes()
		r.write(r.join("real", "a.go"), "package a")
		r.path(r.join("link", "a.go"))
	}},
	{"linked directory under both names", func(r *rig) {
		real := r.mkdir(r.join("real"))
		r.symlink(real, r.join("link"))
		r.watch(real, r.join("link"))
		r.drainEchoes()
		r.write(r.join("link", "a.go"), "package a")
		seen := map[string]bool{}
		for !seen[r.join("link", "a.go")] || !seen[r.join("real", "a.go")] {
			for _, p := range r.next("both spellings").Paths {
				seen[p] = true
			}
		}
		r.watch(r.join("link")) // one name is left
		r.drainEchoes()
		r.write(r.join("real", "b.go"), "package b")
		r.path(r.join("link", "b.go"))
	}},
	{"link points elsewhere", func(r *rig) {
		r.write(filepath.Join(r.mkdir(r.join("v1")), "a.go"), "package v1")
		r.write(filepath.Join(r.mkdir(r.join("v2")), "a.go"), "package v2")
		r.symlink(r.join("v1"), r.join("current"))
		r.watch(r.join("current"))
		r.drainEchoes()
		r.symlink(r.join("v2"), r.join("next"))
		r.rename(r.join("next"), r.join("current"))
		r.noticed(r.join("current", "a.go"))
		r.writeNoticed(r.join("v2", "a.go"), r.join("current", "a.go"))
	}},
	{"not below, not beside", func(r *rig) {
		sub := r.mkdir(r.join("sub"))
		in := r.mkdir(r.join("sub", "in"))
		r.watch(sub)
		r.drainEchoes()
		r.write(r.join("beside.go"), "x")
		r.write(filepath.Join(in, "below.go"), "x")
		for _, p := range r.drainEchoes() {
			if p == r.join("beside.go") || p == filepath.Join(in, "below.go") || p == "all" {
				r.Errorf("reported: %s", p)
			}
		}
	}},
	{"no longer watched", func(r *rig) {
		one, two := r.mkdir(r.join("one")), r.mkdir(r.join("two"))
		r.watch(one, two)
		r.watch(two)
		r.drainEchoes()
		r.write(r.join("one", "a.go"), "x")
		if got := r.drainEchoes(); slices.Contains(got, r.join("one", "a.go")) {
			r.Error("a directory that is not wanted any more is reported")
		}
		r.alive(two)
		r.watch(one, two)
		r.alive(one)
	}},
	{"same directories twice", func(r *rig) {
		r.watch(r.dir, r.dir, r.dir+string(filepath.Separator))
		r.watch(r.dir)
		r.alive(r.dir)
	}},
	{"watch set changes while events stream", func(r *rig) {
		var dirs []string
		for i := range 20 {
			dirs = append(dirs, r.mkdir(r.join(fmt.Sprint("d", i))))
		}
		r.watch(dirs...)
		stop := make(chan struct{})
		var wg sync.WaitGroup // the writer and the reader, 2
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
					os.WriteFile(filepath.Join(dirs[i%len(dirs)], "f.go"), []byte(fmt.Sprint(i)), 0o666)
				}
			}
		})
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-r.w.Batches():
				}
			}
		})
		for i := range 40 {
			r.watch(dirs[i%10 : 10+i%10]...)
		}
		r.watch(dirs...)
		close(stop)
		wg.Wait()
		for _, d := range dirs {
			r.drainEchoes()
			p := r.write(filepath.Join(d, "last.go"), "x")
			r.path(p)
		}
	}},
	{"burst with a sleeping reader", func(r *rig) {
		r.watch(r.dir)
		r.drainEchoes()
		n := 20_000
		if r.backend == "poll" {
			n = pathLimit + 1000 // nothing can overflow but the batch
		}
		for i := range n {
			f, err := os.Create(r.join(fmt.Sprint("f", i)))
			r.ok(err)
			f.Close()
		}
		seen := make(map[string]bool)
		for len(seen) < n {
			b := r.next(fmt.Sprintf("%d more of the burst", n-len(seen)))
			if b.All {
				break
			}
			for _, p := range b.Paths {
				if filepath.Dir(p) == r.dir {
					seen[p] = true
				}
			}
		}
		// The end of the burst is the end: nothing after it goes unnoticed.
		p := r.write(r.join("f0"), "changed")
		r.noticed(p)
		r.alive(r.dir)
	}},
}

func TestCases(t *testing.T) {
	for _, backend := range backends() {
		t.Run(backend, func(t *testing.T) {
			for _, c := range cases {
				t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
					if strings.HasPrefix(c.name, "burst") && testing.Short() {
						t.Skip("20000 files")
					}
					r := newRig(t, backend, nil)
					c.run(r)
					for _, line := range r.said() {
						t.Errorf("the user was told: %s", line)
					}
				})
			}
		})
	}
}

// Two watchers over the same directories (two gorun in one project, or notify's
// one state for the whole process) do not disturb each other.
func TestTwoWatchers(t *testing.T) {
	for _, backend := range backends() {
		t.Run(backend, func(t *testing.T) {
			one := newRig(t, backend, nil)
			two := newRig(t, backend, nil)
			one.watch(one.dir)
			two.watch(one.dir)
			p := one.write(one.join("a.go"), "package a")
			one.path(p)
			two.path(p)
			if err := two.w.Close(); err != nil {
				t.Fatal(err)
			}
			one.alive(one.dir)
		})
	}
}

func TestClose(t *testing.T) {
	for _, backend := range backends() {
		t.Run(backend, func(t *testing.T) {
			before := runtime.NumGoroutine()
			r := newRig(t, backend, nil)
			r.watch(r.dir)
			for i := range 100 { // nobody reads
				r.write(r.join(fmt.Sprint(i)), "x")
			}
			if err := r.w.Close(); err != nil {
				t.Fatal(err)
			}
			for range r.w.Batches() {
			}
			if err := r.w.Watch([]string{r.dir}); err != ErrClosed {
				t.Errorf("Watch after Close = %v, want ErrClosed", err)
			}
			if err := r.w.Close(); err != nil {
				t.Errorf("second Close: %v", err)
			}
			// notify keeps five goroutines of its own for good, once used.
			eventually(t, "all goroutines end", func() bool { return runtime.NumGoroutine() <= before+5 })
		})
	}
}

// Close while Watch runs and nobody reads: neither hangs.
func TestCloseDuringWatch(t *testing.T) {
	for _, backend := range backends() {
		t.Run(backend, func(t *testing.T) {
			r := newRig(t, backend, nil)
			var dirs []string
			for i := range 50 {
				dirs = append(dirs, r.mkdir(r.join(fmt.Sprint(i))))
			}
			began := make(chan struct{})
			ended := make(chan error)
			go func() {
				close(began)
				for {
					for _, set := range [][]string{dirs, dirs[:10]} {
						if err := r.w.Watch(set); err != nil {
							ended <- err
							return
						}
					}
				}
			}()
			<-began
			if err := r.w.Close(); err != nil {
				t.Fatal(err)
			}
			select {
			case err := <-ended:
				if err != ErrClosed {
					t.Errorf("Watch = %v, want ErrClosed", err)
				}
			case <-time.After(patience):
				t.Fatal("Watch hangs after Close")
			}
		})
	}
}
