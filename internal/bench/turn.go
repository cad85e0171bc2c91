package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/internal/procgroup"
)

// startLimit bounds the wait for a process that must come.
const startLimit = 3 * time.Minute

// A turn is one tool at work on one program, from its start to its stop.
type turn struct {
	*run
	tool    *tool
	program *program
	env     []string // of the tool and so of the program
	report  string   // file that the program reports to
	printed *output  // what the tool prints
	text    *text

	group  *procgroup.Group // the tool, if it watches
	manual manual           // otherwise
	stdin  *os.File         // kept open: some tools end with their standard input

	leaveRest bool // let live what a tool leaves behind that ends by itself

	last process // that runs now, as far as it has reported
}

// A process is a line of the report.
type process struct {
	pid    int
	at     time.Time // first instruction
	tokens []string
}

// newTurn prepares a turn; nothing is written to the program's directory yet.
func (r *run) newTurn(t *tool, p *program, env ...string) (*turn, error) {
	f, err := os.CreateTemp(r.work, "report")
	if err != nil {
		return nil, err
	}
	tn := &turn{run: r, tool: t, program: p, text: newText(), printed: new(output), report: f.Name()}
	tn.env = lastWins(slices.Concat(r.env, p.env, []string{reportEnv + "=" + tn.report, "PWD=" + p.root}, env))
	return tn, f.Close()
}

// reset makes a program's directory what it is at the start of every turn.
func (p *program) reset() error {
	for _, dropping := range []string{"bin", "tmp", "modd.conf"} {
		if err := os.RemoveAll(filepath.Join(p.root, dropping)); err != nil {
			return err
		}
	}
	return p.write(newText())
}

// start starts the tool and returns when the program runs.
func (tn *turn) start(ctx context.Context) error {
	if err := tn.tool.prepare(tn.program); err != nil {
		return err
	}
	if tn.tool.byHand != nil {
		tn.manual = tn.tool.byHand(tn)
		if err := tn.manual.saved(ctx, ""); err != nil {
			return err
		}
	} else {
		g, err := tn.launch(tn.tool.argv(tn.tool.bin, tn.program))
		if err != nil {
			return err
		}
		tn.group = g
	}
	p, ok, err := tn.await(ctx, startLimit, func(process) bool { return true }, nil)
	if err == nil && !ok {
		err = fmt.Errorf("the program did not start within %v", startLimit)
	}
	if err != nil {
		return tn.explain(err)
	}
	tn.last = p
	return nil
}

// launch starts a command that is stopped with everything it starts.
func (tn *turn) launch(argv []string) (*procgroup.Group, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	out, err := tn.printed.pipe()
	if err != nil {
		w.Close()
		return nil, err
	}
	defer out.Close()
	if tn.stdin != nil {
		tn.stdin.Close()
	}
	tn.stdin = w
	return procgroup.Start(procgroup.Spec{
		Path: argv[0], Args: argv, Env: tn.env, Dir: tn.program.root,
		Stdin: r, Stdout: out, Stderr: out,
		Grace: 2 * time.Second, LeaveRest: tn.leaveRest,
	})
}

// stop ends the tool and all that it started.
func (tn *turn) stop() {
	if tn.manual != nil {
		tn.manual.stop()
	}
	if tn.group != nil {
		stopGroup(tn.group)
	}
	if tn.stdin != nil {
		tn.stdin.Close()
	}
	os.Remove(tn.report)
}

func stopGroup(g *procgroup.Group) {
	g.Stop()
	<-g.Done()
}

// save makes an edit and returns the moment before it.
func (tn *turn) save(e, token string) (time.Time, error) {
	tn.text.apply(e, token)
	file, text := tn.program.fileOf(e), tn.program.content(e, tn.text)
	at := time.Now()
	return at, os.WriteFile(file, []byte(text), 0o666)
}

// await waits until a process that satisfies want has reported, and not before
// the last one known. It returns false when the limit is over, or when never, if
// there is one, says that there will be none.
func (tn *turn) await(
	ctx context.Context, limit time.Duration, want func(process) bool, never func() bool,
) (process, bool, error) {
	tick := time.NewTicker(5 * time.Millisecond) // not what is measured: the report holds the time
	defer tick.Stop()
	end := time.Now().Add(limit)
	for {
		list, err := tn.reports()
		if err != nil {
			return process{}, false, err
		}
		for _, p := range list {
			if p.at.After(tn.last.at) && want(p) {
				return p, true, nil
			}
		}
		if time.Now().After(end) || never != nil && never() {
			return process{}, false, nil
		}
		select {
		case <-ctx.Done():
			return process{}, false, context.Cause(ctx)
		case <-tn.ended():
			return process{}, false, errors.New("the tool has ended")
		case <-tick.C:
		}
	}
}

// ended is closed when a tool that should stay has ended.
func (tn *turn) ended() <-chan struct{} {
	if tn.group == nil {
		return nil
	}
	return tn.group.Exited()
}

// reports reads what has been reported so far.
func (tn *turn) reports() ([]process, error) {
	data, err := os.ReadFile(tn.report)
	if err != nil {
		return nil, err
	}
	var list []process
	for line := range bytes.Lines(data) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			break // being written
		}
		f := strings.Fields(string(line))
		if len(f) < 2 {
			return nil, fmt.Errorf("a report that is none: %q", line)
		}
		pid, err := strconv.Atoi(f[0])
		if err != nil {
			return nil, err
		}
		ns, err := strconv.ParseInt(f[1], 10, 64)
		if err != nil {
			return nil, err
		}
		list = append(list, process{pid: pid, at: time.Unix(0, ns), tokens: f[2:]})
	}
	return list, nil
}

// explain adds what the tool has printed.
func (tn *turn) explain(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	said := strings.TrimSpace(tn.printed.String())
	if len(said) > 2000 {
		said = "…" + said[len(said)-2000:]
	}
	return fmt.Errorf("%s on %s: %w\n%s", tn.tool.name, tn.program.name, err, said)
}
