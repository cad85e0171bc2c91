package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/internal/bench/result"
)

// Noticing: from a save to the batch of paths that package watch makes of it,
// and to the moment at which a loop that waits for quiet would use it.
//
// Each backend watches in a process of its own, so that its processor time can
// be told from that of whoever saves. The windows are applied to the batches as
// they came: a batch does not depend on them, because the loop always reads.

// The parameters of the table.
var (
	rates   = []int{80, 1000, 0}
	windows = []time.Duration{0, 10 * time.Millisecond, 50 * time.Millisecond}
)

const (
	watchedDirs = 200
	noticeN     = 1000
	// burst is internal/live's burstLimit: no wait for quiet is longer.
	burst = 200 * time.Millisecond
)

// A series is one run over all backends.
type series struct {
	kind  string
	rate  int
	count int
}

// A saved is one save.
type saved struct {
	path  string
	began time.Time
}

func measureNoticing(ctx context.Context, r *run, n int) ([]result.Noticing, error) {
	dir := filepath.Join(r.work, "noticing")
	var files []string
	var dirs []string
	for i := range watchedDirs {
		d := filepath.Join(dir, fmt.Sprintf("%03d", i))
		dirs = append(dirs, d)
		for k := range 5 {
			f := filepath.Join(d, fmt.Sprintf("%d.go", k))
			files = append(files, f)
			if err := writeFile(f, "package p\n"); err != nil {
				return nil, err
			}
		}
	}
	var results []result.Noticing
	for _, kind := range []string{"touch", "save"} {
		for _, rate := range rates {
			list, err := noticeSeries(ctx, r, series{kind, rate, n}, dirs, files)
			if err != nil {
				return nil, err
			}
			results = append(results, list...)
			r.log("noticing: %d × %s, %s", n, kind, result.RateName(rate))
		}
	}
	slices.SortStableFunc(results, func(a, b result.Noticing) int { return strings.Compare(a.Backend, b.Backend) })
	return results, os.RemoveAll(dir)
}

func noticeSeries(ctx context.Context, r *run, s series, dirs, files []string) ([]result.Noticing, error) {
	var watchers []*watching
	defer func() {
		for _, w := range watchers {
			w.kill()
		}
	}()
	for _, backend := range []string{"fsnotify", "notify", "poll"} {
		w, err := startWatching(ctx, r, backend, dirs)
		if err != nil {
			return nil, err
		}
		if w != nil {
			watchers = append(watchers, w)
		}
	}
	saves, err := saveAll(ctx, s, files)
	if err != nil {
		return nil, err
	}
	if err := pause(ctx, time.Second); err != nil {
		return nil, err
	}
	var results []result.Noticing
	for _, w := range watchers {
		t, err := w.finish()
		if err != nil {
			return nil, err
		}
		res := judge(saves, t, windows)
		res.Backend, res.Kind, res.Rate = w.backend, s.kind, s.rate
		results = append(results, res)
	}
	return results, nil
}

// saveAll makes the saves, as evenly as the system's timer allows.
func saveAll(ctx context.Context, s series, files []string) ([]saved, error) {
	var list []saved
	start := time.Now()
	for i := range s.count {
		if s.rate > 0 {
			at := start.Add(time.Duration(i) * time.Second / time.Duration(s.rate))
			if err := pause(ctx, time.Until(at)); err != nil {
				return nil, err
			}
		}
		f := files[i*7%len(files)]
		one := saved{f, time.Now()}
		var err error
		switch text := fmt.Appendf(nil, "package p // %s %d\n", s.kind, i+10*s.rate); {
		case s.kind == "touch":
			err = os.Chtimes(f, time.Time{}, one.began)
		case i%2 == 0:
			err = os.WriteFile(f, text, 0o666)
		default:
			// As editors do that keep the old file until the new one is whole.
			if err = os.WriteFile(f+".new", text, 0o666); err == nil {
				err = os.Rename(f+".new", f)
			}
		}
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}
