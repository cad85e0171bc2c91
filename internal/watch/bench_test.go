package watch

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// tree makes directories with five files each.
func tree(b *testing.B, directories int) []string {
	root := b.TempDir()
	var dirs []string
	for i := range directories {
		dir := filepath.Join(root, fmt.Sprintf("%03d", i))
		if err := os.Mkdir(dir, 0o777); err != nil {
			b.Fatal(err)
		}
		for f := range 5 {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(f, ".go")), []byte("package p"), 0o666); err != nil {
				b.Fatal(err)
			}
		}
		dirs = append(dirs, dir)
	}
	return dirs
}

// BenchmarkSave measures from before a save to its batch, with 400 watched
// directories.
func BenchmarkSave(b *testing.B) {
	for _, backend := range backends() {
		b.Run(backend, func(b *testing.B) {
			dirs := tree(b, 400)
			w, err := newWatcher(Options{Backend: backend}, tuning{repeatDelay: time.Hour})
			if err != nil {
				b.Fatal(err)
			}
			defer w.Close()
			if err := w.Watch(dirs); err != nil {
				b.Fatal(err)
			}
			var took []time.Duration
			for i := 0; b.Loop(); i++ {
				path := filepath.Join(dirs[i*7%len(dirs)], fmt.Sprintf("saved%d.go", i))
				begin := time.Now()
				if err := os.WriteFile(path, []byte("package p"), 0o666); err != nil {
					b.Fatal(err)
				}
				for !slices.Contains((<-w.Batches()).Paths, path) {
				}
				took = append(took, time.Since(begin))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "median-µs")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
		})
	}
}

// BenchmarkHeartbeat is what an idle gorun does every two seconds.
func BenchmarkHeartbeat(b *testing.B) {
	for _, backend := range []string{"fsnotify", "notify"} {
		b.Run(backend, func(b *testing.B) {
			if !slices.Contains(backends(), backend) {
				b.Skip("not here")
			}
			w, err := newWatcher(Options{Backend: backend}, tuning{heartbeat: time.Hour})
			if err != nil {
				b.Fatal(err)
			}
			defer w.Close()
			if err := w.Watch(tree(b, 400)); err != nil {
				b.Fatal(err)
			}
			for b.Loop() { // the watchlist sleeps: its state is the benchmark's
				heard := w.watchlist.router.drainSeen()
				w.watchlist.renewDead(nil, false)
				w.watchlist.findSilent(heard)
			}
		})
	}
}

// BenchmarkLook is what polling 400 directories costs, each time.
func BenchmarkLook(b *testing.B) {
	p := newPoller(time.Hour, repeatDelay, newCollector(nil), nil)
	p.replaceDirs(tree(b, 400))
	clear(p.recent)
	for b.Loop() {
		p.scan(time.Now())
	}
}

// BenchmarkWatch sets 400 directories and takes them away again.
func BenchmarkWatch(b *testing.B) {
	for _, backend := range backends() {
		b.Run(backend, func(b *testing.B) {
			w, err := newWatcher(Options{Backend: backend}, tuning{})
			if err != nil {
				b.Fatal(err)
			}
			defer w.Close()
			dirs := tree(b, 400)
			for b.Loop() {
				for _, set := range [][]string{dirs, nil} {
					if err := w.Watch(set); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
