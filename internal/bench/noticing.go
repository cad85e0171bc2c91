package main

// Noticing: from a save to the batch of paths that package watch makes of it,
// and to the moment at which a loop that waits for quiet would use it.
//
// Each backend watches in a process of its own, so that its processor time can
// be told from that of whoever saves. The windows are applied to the batches as
// they came: a batch does not depend on them, because the loop always reads.

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/internal/watch"
)

// A Noticing is how one backend noticed a series of touches or saves.
type Noticing struct {
	Backend string  `json:"backend"`
	Kind    string  `json:"kind"`     // "touch": a new time; "save": new content, written in place or renamed over the file
	Rate    int     `json:"rate"`     // saves a second, 0: as fast as it goes
	Saves   int     `json:"saves"`    //
	Noticed int     `json:"noticed"`  // of them
	Batches int     `json:"batches"`  //
	CPU     float64 `json:"cpu"`      // seconds of the watching process, from the first save to a second after the last
	Median  float64 `json:"median_s"` // from before the save to its first batch
	P99     float64 `json:"p99_s"`

	Windows []Window `json:"windows"`
}

// A Window is what a window of quiet makes of the batches.
type Window struct {
	Quiet  float64 `json:"quiet_s"`
	Used   int     `json:"used"`     // how many times something would be built
	Median float64 `json:"median_s"` // from a save to that
}

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

// A batch is what a watching process tells of one.
type batch struct {
	At    int64    `json:"at"` // UnixNano
	Paths []string `json:"paths"`
	All   bool     `json:"all"`
}

// A trace is all that a watching process tells.
type trace struct {
	Batches []batch `json:"batches"`
	CPU     int64   `json:"cpu"`   // nanoseconds
	Error   string  `json:"error"` // then there is nothing else
}

func measureNoticing(ctx context.Context, r *run, n int) ([]Noticing, error) {
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
	var results []Noticing
	for _, kind := range []string{"touch", "save"} {
		for _, rate := range rates {
			list, err := noticeSeries(ctx, r, series{kind, rate, n}, dirs, files)
			if err != nil {
				return nil, err
			}
			results = append(results, list...)
			r.log("noticing: %d × %s, %s", n, kind, rateName(rate))
		}
	}
	slices.SortStableFunc(results, func(a, b Noticing) int { return strings.Compare(a.Backend, b.Backend) })
	return results, os.RemoveAll(dir)
}

func rateName(rate int) string {
	if rate == 0 {
		return "at once"
	}
	return fmt.Sprintf("%d/s", rate)
}

func noticeSeries(ctx context.Context, r *run, s series, dirs, files []string) ([]Noticing, error) {
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
	var results []Noticing
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
			if err := pause(ctx, time.Until(start.Add(time.Duration(i)*time.Second/time.Duration(s.rate)))); err != nil {
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

// judge compares saves with what was told of them.
func judge(saves []saved, t trace, windows []time.Duration) Noticing {
	res := Noticing{Saves: len(saves), Batches: len(t.Batches), CPU: time.Duration(t.CPU).Seconds()}
	var lags []float64
	for _, s := range saves {
		if at, ok := firstAfter(s, t.Batches, nil); ok {
			lags = append(lags, at.Sub(s.began).Seconds())
		}
	}
	res.Noticed = len(lags)
	res.Median, res.P99 = median(lags), quantile(lags, 0.99)
	for _, w := range windows {
		uses := usedAt(t.Batches, w)
		var lags []float64
		for _, s := range saves {
			if at, ok := firstAfter(s, t.Batches, uses); ok {
				lags = append(lags, at.Sub(s.began).Seconds())
			}
		}
		used := slices.Compact(slices.Clone(uses))
		res.Windows = append(res.Windows, Window{Quiet: w.Seconds(), Used: len(used), Median: median(lags)})
	}
	return res
}

// firstAfter returns when the first batch came, or was used, that tells of a
// save.
func firstAfter(s saved, batches []batch, uses []int64) (time.Time, bool) {
	i, _ := slices.BinarySearchFunc(batches, s.began.UnixNano(), func(b batch, at int64) int {
		return int(min(1, max(-1, b.At-at)))
	})
	for ; i < len(batches); i++ {
		if b := batches[i]; b.All || slices.Contains(b.Paths, s.path) {
			if uses != nil {
				return time.Unix(0, uses[i]), true
			}
			return time.Unix(0, b.At), true
		}
	}
	return time.Time{}, false
}

// usedAt returns for each batch when it is used: when nothing has come for as
// long as the window, and not later than a burst may last.
func usedAt(batches []batch, window time.Duration) []int64 {
	uses := make([]int64, len(batches))
	for i := 0; i < len(batches); {
		end := batches[i].At + int64(window)
		limit := batches[i].At + int64(burst)
		k := i + 1
		for ; k < len(batches) && batches[k].At < end; k++ {
			end = min(batches[k].At+int64(window), limit)
		}
		for ; i < k; i++ {
			uses[i] = end
		}
	}
	return uses
}

// A watching is a process that watches.
type watching struct {
	backend string
	cmd     *exec.Cmd
	stdin   io.Closer
	stdout  *bufio.Reader
}

// watchRole is the environment's variable that makes this command a watching
// process; it names the backend. The directories come on standard input.
const watchRole = "GORUN_BENCH_WATCH"

// startWatching returns nil where the backend is not available.
func startWatching(ctx context.Context, r *run, backend string, dirs []string) (*watching, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(slices.Clone(r.env), watchRole+"="+backend)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	w := &watching{backend, cmd, stdin, bufio.NewReader(stdout)}
	if _, err := io.WriteString(stdin, strings.Join(dirs, "\n")+"\n\n"); err != nil {
		w.kill()
		return nil, err
	}
	line, err := w.stdout.ReadString('\n')
	if err != nil || line != "ready\n" {
		w.kill()
		r.log("noticing: %s: %s", backend, strings.TrimSpace(line))
		return nil, nil
	}
	return w, nil
}

func (w *watching) kill() {
	w.stdin.Close()
	if w.cmd.ProcessState == nil {
		w.cmd.Process.Kill()
		w.cmd.Wait()
	}
}

// finish ends a watching process and returns what it has to tell.
func (w *watching) finish() (trace, error) {
	var t trace
	w.stdin.Close()
	err := json.NewDecoder(w.stdout).Decode(&t)
	if werr := w.cmd.Wait(); err == nil {
		err = werr
	}
	return t, err
}

// watchAndTell is the watching process.
func watchAndTell(backend string, in io.Reader, out io.Writer) error {
	w, err := watch.New(watch.Options{Backend: backend})
	if err != nil {
		fmt.Fprintln(out, err)
		return nil
	}
	defer w.Close()
	lines := bufio.NewScanner(in)
	var dirs []string
	for lines.Scan() && lines.Text() != "" {
		dirs = append(dirs, lines.Text())
	}
	if err := w.Watch(dirs); err != nil {
		return err
	}
	before := ownCPU()
	fmt.Fprintln(out, "ready")
	over := make(chan struct{})
	go func() {
		defer close(over)
		for lines.Scan() {
		}
	}()
	var t trace
	for {
		select {
		case b := <-w.Batches():
			t.Batches = append(t.Batches, batch{time.Now().UnixNano(), b.Paths, b.All})
		case <-over:
			t.CPU = int64(ownCPU() - before)
			return json.NewEncoder(out).Encode(t)
		}
	}
}
