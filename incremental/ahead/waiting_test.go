package ahead

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorun-dev/gorun/internal/gocmd"
	"github.com/gorun-dev/gorun/internal/longtest"
)

// leftIn returns what is below a directory.
func leftIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		names = append(names, d.Name())
	}
	return names
}

// processesIn returns the processes whose command line names a directory.
func processesIn(t *testing.T, dir string) (list []string) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if line, err := os.ReadFile(f); err == nil && strings.Contains(string(line), dir) {
			list = append(list, filepath.Base(filepath.Dir(f)))
		}
	}
	return list
}

// Whenever a link ends, or is taken back, nothing of it is left.
func TestEndedAtAnyTime(t *testing.T) {
	skipUnlessSupported(t)
	r := rand.New(rand.NewPCG(2, 0))
	m := programModule(t, r)
	job := m.job(buildID(0))
	m.stock(job)
	l := New(Config{Cache: cache, Work: t.TempDir(), Debug: t.Logf})
	for range longtest.Cases(12, 60) {
		l.Begin(job)
		time.Sleep(time.Duration(r.IntN(300)) * time.Millisecond)
		switch r.IntN(3) {
		case 0:
			l.End()
		case 1: // a save that is taken back while it is linked
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(r.IntN(120))*time.Millisecond)
			if exe, err := l.Link(ctx, job); err == nil {
				os.RemoveAll(filepath.Dir(filepath.Dir(exe)))
			}
			cancel()
		case 2: // somebody kills it
			for _, pid := range processesIn(t, l.cfg.Work) {
				kill(pid)
			}
			if exe, err := l.Link(t.Context(), job); err == nil {
				os.RemoveAll(filepath.Dir(filepath.Dir(exe)))
			}
		}
		l.mu.Lock()
		l.failures = 0
		l.mu.Unlock()
	}
	l.Close()
	if left := leftIn(t, l.cfg.Work); len(left) > 0 {
		t.Errorf("%q is left", left)
	}
	if left := processesIn(t, l.cfg.Work); len(left) > 0 {
		t.Errorf("processes %q are left", left)
	}
}

// After some failures in a row there are no more links ahead for the program.
func TestFailures(t *testing.T) {
	skipUnlessSupported(t)
	m := programModule(t, rand.New(rand.NewPCG(3, 0)))
	job := m.job(buildID(0))
	m.stock(job)
	l := New(Config{Cache: cache, Work: t.TempDir(), Debug: t.Logf})
	defer l.Close()
	bad := *job
	bad.BuildID = "of another length"
	for n := range maxFailures {
		l.Begin(job)
		await(t, l)
		if _, err := l.Link(t.Context(), &bad); err == nil || !strings.Contains(err.Error(), "another link") {
			t.Fatalf("failure %d: %v", n, err)
		}
	}
	l.Begin(job)
	if l.current != nil {
		t.Error("it tries once more")
	}
	if left := leftIn(t, l.cfg.Work); len(left) > 0 {
		t.Errorf("%q is left", left)
	}
}

// A link that waits for one package is no use when another one has changed; the next one waits for all.
//
// Each save changes a number and nothing else. With random bodies a save could take a type or a closure
// away: then the archives of importers change as well, and they count as edited.
func TestMissed(t *testing.T) {
	skipUnlessSupported(t)
	m := newModule(t, map[string]string{"go.mod": program["go.mod"]})
	write := func(file string, n int) {
		m.write(file, strings.Replace(program[file], "$", fmt.Sprintf("println(%d)", n), 1))
	}
	for _, file := range sources {
		write(file, 100)
	}
	l := newLinker(t)
	job := m.job(buildID(0))
	m.stock(job)
	all := len(job.Hot)
	for n, save := range []struct {
		file   string
		linked bool
		hot    int // of the link that waits then
	}{
		{"main.go", true, all}, {"main.go", true, all}, {"main.go", true, 1}, {"main.go", true, 1},
		{"shapes/shapes.go", false, all},
		{"shapes/shapes.go", true, all}, {"main.go", true, 2}, {"words/words.go", false, all},
	} {
		l.Begin(job)
		await(t, l)
		write(save.file, n)
		job = m.job(buildID(n))
		if _, err := l.Link(t.Context(), job); (err == nil) != save.linked {
			t.Errorf("save %d, %s: %v", n, save.file, err)
		}
		l.Begin(job)
		if got := len(l.current.hot); got != save.hot {
			t.Errorf("save %d, %s: hot are %q", n, save.file, l.current.hot)
		}
	}
	if c := l.Counts(); c.Missed != 2 || c.Linked != 6 || c.Compared != 6 {
		t.Errorf("%+v", c)
	}
}

// A trial whose bytes are not the stock linker's turns links ahead off, and keeps both.
func TestTrialDiffers(t *testing.T) {
	skipUnlessSupported(t)
	m := programModule(t, rand.New(rand.NewPCG(5, 0)))
	job := m.job(buildID(0))
	m.stock(job)
	text, err := os.ReadFile(job.Proof)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/2] ^= 1
	if err := os.WriteFile(job.Proof, text, 0o777); err != nil {
		t.Fatal(err)
	}
	l := New(Config{Cache: cache, Work: t.TempDir(), Debug: t.Logf})
	defer l.Close()
	l.Begin(job)
	l.running.Wait()
	if _, err := l.Link(t.Context(), job); !errors.Is(err, errNone) {
		t.Errorf("a link: %v", err)
	}
	if !strings.Contains(l.off, "is not what the stock linker makes") {
		t.Errorf("off: %q", l.off)
	}
	kept, _ := filepath.Glob(filepath.Join(cache, cacheName, "difference*", "*"))
	if len(kept) != 2 {
		t.Errorf("kept are %q", kept)
	}
}

// Where there is little memory no link waits.
func TestMemory(t *testing.T) {
	free, err := gocmd.AvailableMemory()
	if err != nil {
		t.Skip(err)
	}
	if why := affordable(free/8, 0); why != "" {
		t.Error(why)
	}
	if affordable(free, 0) == "" || affordable(free/3, 0) == "" {
		t.Error("all memory can be taken")
	}
	if why := affordable(free/3, free); why != "" {
		t.Errorf("what it has already counts twice: %s", why)
	}
}

func TestRefused(t *testing.T) {
	good := Job{Args: []string{"-s", "-w", "-X", "a.b=c", "-buildmode=exe", "-extld=gcc"},
		Env: []string{"GOOS=linux", "GOARCH=amd64", "GOEXPERIMENT="}}
	if why := good.Refused(); why != "" && !strings.HasPrefix(why, "not on") && !strings.HasPrefix(why, "not for") {
		t.Fatal(why)
	} else if why != "" {
		t.Skip(why)
	}
	for _, args := range [][]string{
		{"-s"}, {"-s", "-w", "-race"}, {"-s", "-w", "-buildmode=pie"}, {"-s", "-w", "-linkshared"}, {"-s", "-w=0"},
		{"-s", "-w", "-msan"}, {"-s", "-w", "file.a"},
	} {
		j := good
		j.Args = args
		if j.Refused() == "" {
			t.Errorf("%q is not refused", args)
		}
	}
	for _, env := range []string{"GOOS=plan9", "GOARCH=riscv64", "GOEXPERIMENT=fieldtrack"} {
		j := good
		j.Env = append([]string{env}, good.Env...)
		if j.Refused() == "" {
			t.Errorf("%q is not refused", env)
		}
	}
}
