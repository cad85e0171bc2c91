package ahead

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/gorun-dev/gorun/internal/gocmd"
)

// compare compares an executable with that of the stock linker.
func (l *Linker) compare(ctx context.Context, job *Job, exe string) error {
	dir, err := os.MkdirTemp(l.cfg.Work, "stock")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	argv, env, stock, err := job.command(job.Tool, dir)
	if err != nil {
		return err
	}
	r, err := gocmd.Tool{Argv: argv, Dir: job.Dir, Env: env}.Run(ctx)
	if err != nil {
		return err
	}
	if r.Status != 0 {
		return l.differ(fmt.Sprintf("a link (the stock linker says %s)", r.Stderr), exe, "")
	}
	same, err := SameFiles(exe, stock)
	if err != nil {
		return err
	}
	if !same {
		return l.differ("a link", exe, stock)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count.Compared++
	return nil
}

// A Difference is an executable that is not the stock linker's, which must not be.
type Difference struct{ What, Dir string }

func (d *Difference) Error() string {
	return fmt.Sprintf("%s is not what the stock linker makes; both are in %q", d.What, d.Dir)
}

// differ turns links ahead off, and keeps two executables that should be the same.
func (l *Linker) differ(what, ahead, stock string) error {
	d := &Difference{What: what, Dir: l.Keep(ahead, stock)}
	l.TurnOff(d.Error())
	l.mu.Lock()
	defer l.mu.Unlock()
	l.difference = d
	return d
}

// Keep copies executables for a report, and returns the directory of the copies, or "".
func (l *Linker) Keep(ahead, stock string) string {
	dir, err := os.MkdirTemp(filepath.Join(l.cfg.Cache, cacheName), "difference")
	if err != nil {
		return ""
	}
	for name, from := range map[string]string{"ahead": ahead, "stock": stock} {
		if text, err := os.ReadFile(from); err == nil {
			_ = os.WriteFile(filepath.Join(dir, name), text, 0o600)
		}
	}
	return dir
}

// SameFiles reports whether two files have the same bytes.
func SameFiles(a, b string) (bool, error) {
	f, err := os.Open(a)
	if err != nil {
		return false, err
	}
	defer f.Close()
	g, err := os.Open(b)
	if err != nil {
		return false, err
	}
	defer g.Close()
	var x, y [64 << 10]byte
	for {
		n, err := io.ReadFull(f, x[:])
		m, _ := io.ReadFull(g, y[:])
		if !bytes.Equal(x[:n], y[:m]) {
			return false, nil
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return true, nil
		}
		if err != nil {
			return false, err
		}
	}
}
