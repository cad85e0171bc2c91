package direct

import (
	"context"
	"crypto/sha256"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/internal/stamp"
)

// compileAll runs the compiles of a plan and computes the plan again after each, until only the
// link is left. The link runs already if the last compile was that of a twin.
func (d *Session) compileAll(
	whole context.Context, now Sources, twins twinSet, out *Outcome,
) (_ *Plan, begun *earlyLink, err error) {
	ctx, cancel := context.WithCancel(whole)
	defer cancel()
	defer func() {
		if err != nil {
			begun.discard()
		}
	}()
	type ended struct {
		key  Key
		took time.Duration
		err  error
	}
	done := make(chan ended) // nobody closes it: as many are received as were started
	running := make(map[Key]Compile)
	drain := func() {
		cancel()
		for range running {
			<-done
		}
	}
	cpus := runtime.GOMAXPROCS(0) // as go build takes them for -p; of twins as many again
	planner := newPlanner(d.state, now, twins.plan, d.results.Get)
	for {
		plan := planner.next()
		d.setup.Debug("direct: %s", strings.ReplaceAll(strings.TrimSuffix(plan.String(), "\n"), "\n", "; "))
		switch {
		case plan.Refused != "":
			drain()
			return nil, begun, Refuse("%s", plan.Refused)
		case plan.Link != nil:
			// What still runs is a twin that no importer needs: no line moved that they know.
			drain()
			d.timings.twins(twins, plan)
			return plan, begun, nil
		}
		for _, c := range plan.Compiles {
			if _, ok := running[c.Key]; ok || runningAlike(running, c) >= cpus {
				continue
			}
			if c.Twin && !d.timings.startsAtOnce(cpus, c) && realCompileLeft(plan) {
				continue
			}
			running[c.Key] = c
			run := d.setup.Run
			var laid map[string]string
			if c.Twin {
				laid = twins.laid
				if cpus < roomForTwo && d.setup.Behind != nil {
					run = d.setup.Behind
				}
			} else {
				out.Compiled = append(out.Compiled, c.Step.ImportPath)
			}
			go func() {
				start := time.Now()
				_, err := d.compileOnce(ctx, run, c, laid)
				done <- ended{c.Key, time.Since(start), err}
			}()
		}
		if len(running) == 0 {
			// A broken invariant: packages wait for each other. The go command will report why.
			return nil, begun, Refuse("the plan has no end: %s", plan)
		}
		if begun == nil && onlyTwins(running) {
			if l := planner.assumingTwins().Link; l != nil && d.executableOf(l.Key) < 0 {
				if begun, err = d.startLink(whole, l); err != nil {
					drain()
					return nil, nil, Refuse("%v", err)
				}
			}
		}
		e := <-done
		c := running[e.key]
		delete(running, e.key)
		if e.err != nil {
			drain()
			return nil, begun, e.err
		}
		d.timings.compiled(c, e.took)
	}
}

func onlyTwins(running map[Key]Compile) bool {
	for _, c := range running {
		if !c.Twin {
			return false
		}
	}
	return true
}

// compile runs a compile and enters its archive.
func (d *Session) compile(ctx context.Context, run Runner, c Compile, laid map[string]string) (Built, error) {
	dir, err := os.MkdirTemp(d.setup.Work, "compile")
	if err != nil {
		return Built{}, Refuse("%v", err)
	}
	defer os.RemoveAll(dir)
	out, err := compile(ctx, run, d.env, d.state.Recipe.Dir, dir, c, laid)
	if ctx.Err() != nil {
		return Built{}, ctx.Err()
	}
	if err != nil {
		return Built{}, Refuse("package %s: %v", c.Step.ImportPath, err)
	}
	if err := d.unchanged(c, laid); err != nil {
		return Built{}, err
	}
	return d.enter(c, out)
}

// unchanged refuses a compile of whose sources the compiler may have read others.
func (d *Session) unchanged(c Compile, laid map[string]string) error {
	for f, sum := range c.Sources {
		if _, ok := laid[f]; ok {
			continue
		}
		text, err := os.ReadFile(f)
		if err != nil || sha256.Sum256(text) != sum {
			return Refuse("%q changed while it was compiled", f)
		}
	}
	return nil
}

// enter enters the archive of a compile.
func (d *Session) enter(c Compile, path string) (Built, error) {
	b, err := d.results.Add(c.Key, path)
	if err != nil {
		return b, Refuse("%v", err)
	}
	d.noteCompiled(c)
	return b, nil
}

// executableOf returns the index in d.exes of the executable of a link, -1 if there is none.
func (d *Session) executableOf(k Key) int {
	return slices.IndexFunc(d.exes, func(e executable) bool { return e.key == k && stamp.Stat(e.path).Exists() })
}

// linkOnce links, unless the executable exists or its link runs already.
func (d *Session) linkOnce(ctx context.Context, plan *Plan, begun *earlyLink, out *Outcome) error {
	if begun != nil && begun.key != plan.Link.Key {
		begun.discard()
		begun = nil
	}
	if i := d.executableOf(plan.Link.Key); i >= 0 {
		begun.discard()
		e := d.exes[i]
		d.exes = append(slices.Delete(d.exes, i, i+1), e)
		out.Executable, out.Ahead = e.path, e.ahead
		return nil
	}
	if begun == nil {
		var err error
		if begun, err = d.startLink(ctx, plan.Link); err != nil {
			return Refuse("%v", err)
		}
	}
	if len(d.exes) >= maxExecutables { // removed while the link runs, as a large file takes some time
		os.RemoveAll(linkDir(d.exes[0].path))
		d.exes = slices.Delete(d.exes, 0, 1)
	}
	exe, err := begun.wait()
	if err != nil {
		os.RemoveAll(begun.dir)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return Refuse("%v", err)
	}
	out.Executable, out.Linked, out.Ahead = exe, true, begun.ahead
	d.timings.link = begun.took
	d.exes = append(d.exes, executable{plan.Link.Key, exe, begun.ahead})
	return nil
}

// inUse returns the paths of the archives that the plan's next state refers to.
func (d *Session) inUse(plan *Plan) map[string]bool {
	m := make(map[string]bool)
	for _, f := range plan.Next.Imported {
		m[f.Archive.Path] = true
	}
	for _, a := range plan.Link.Archives {
		m[a.Path] = true
	}
	return m
}
