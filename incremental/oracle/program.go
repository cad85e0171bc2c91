package oracle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"time"
)

const (
	runLimit    = 10 * time.Second // an edit may have made an endless loop
	outputLimit = 1 << 20          // or one that prints
)

// A doing is what a program did.
type doing struct {
	stdout, stderr string
	status         string
}

// positions are what a program that was built with a twin may print otherwise: lines, and
// addresses in what comes after the line tables in memory.
var positions = regexp.MustCompile(`(\.go:) ?\d+(:\d+)?|0x[0-9a-f]+`)

func mask(s string) string { return positions.ReplaceAllString(s, "$1-") }

func (d doing) masked() doing { return doing{mask(d.stdout), mask(d.stderr), d.status} }

func (d doing) String() string {
	return fmt.Sprintf("%s\nstdout:\n%s\nstderr:\n%s", d.status, d.stdout, d.stderr)
}

// runBoth runs the direct executable and that of go run, and compares what they do.
func (o *oracle) runBoth(ctx context.Context, direct, exe string, masked bool) error {
	if !o.runs {
		return nil
	}
	// A program may do another thing every time; only where each does its own thing, it differs.
	seen := [2]map[doing]bool{make(map[doing]bool), make(map[doing]bool)}
	for try := range 4 {
		var d [2]doing
		for i, e := range []string{direct, exe} {
			var err error
			d[i], err = o.execute(ctx, e)
			if errors.Is(err, context.DeadlineExceeded) {
				o.slept++
				return nil
			}
			if err != nil {
				return err
			}
			if masked {
				d[i] = d[i].masked()
			}
			seen[i][d[i]] = true
		}
		if d[0] == d[1] {
			o.report.runs++
			if try > 0 {
				o.unsteady++
			}
			return nil
		}
		if len(seen[0]) > 1 || len(seen[1]) > 1 {
			o.unsteady++
			return nil
		}
	}
	text := ""
	for i, what := range []string{"the direct way's", "go run's"} {
		for d := range seen[i] {
			text += what + " program: " + d.String() + "\n"
		}
	}
	return fmt.Errorf("the programs do different things (positions masked: %v)\n%s", masked, text)
}

// execute runs an executable, under a name that is always the same.
func (o *oracle) execute(ctx context.Context, exe string) (doing, error) {
	path := filepath.Join(o.work, "program")
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return doing{}, err
	}
	if err := linkOrCopy(path, exe); err != nil {
		return doing{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, runLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, o.arguments...)
	cmd.Dir = o.dir
	cmd.WaitDelay = time.Second
	var stdout, stderr limited
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if ctx.Err() != nil {
		return doing{}, ctx.Err()
	}
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		return doing{}, err
	}
	return doing{stdout.String(), stderr.String(), cmd.ProcessState.String()}, nil
}

// limited keeps the first of what is written to it.
type limited struct{ bytes.Buffer }

func (l *limited) Write(p []byte) (int, error) {
	l.Buffer.Write(p[:min(len(p), max(0, outputLimit-l.Len()))])
	return len(p), nil
}
