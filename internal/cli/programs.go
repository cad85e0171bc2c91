package cli

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/term"

	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/internal/config"
	"github.com/gorun-dev/gorun/internal/console"
	"github.com/gorun-dev/gorun/internal/live"
	"github.com/gorun-dev/gorun/internal/ossignal"
	"github.com/gorun-dev/gorun/internal/programs"
)

// A programsRun is a run of several programs: what they share.
type programsRun struct {
	c       *command
	cache   string
	watcher *programs.Watcher
	output  *programs.Output
	lines   map[string]*programs.Lines
	all     *programs.Supervisor
}

// runPrograms runs the programs of -programs.
func (c *command) runPrograms() (int, error) {
	chosen, err := c.chooseAllPrograms()
	if err != nil {
		return statusUsage, err
	}
	if name := c.flags.ForOneProgram(); name != "" {
		return statusUsage, fmt.Errorf("-%s is about one program: name its package instead of -programs", name)
	}
	var members []*command
	for _, p := range chosen {
		m, err := c.of(p)
		if err != nil {
			return statusUsage, err
		}
		members = append(members, m)
	}
	if len(members) == 1 && chosen[0].Command == nil {
		return members[0].runAlone()
	}
	return c.runTogether(members)
}

// runAlone runs the only program as if it had been named on the command line.
func (c *command) runAlone() (int, error) {
	if err := c.flags.Debug.Check(c.line.Exec, c.getenv); err != nil {
		return 0, err
	}
	var err error
	if c.listeners, err = exec.Listen(c.flags.Listen); err != nil {
		return 0, err
	}
	return c.runLive()
}

// runTogether runs several programs, or a command.
func (c *command) runTogether(members []*command) (int, error) {
	c.con.Queue()
	defer ossignal.NotifyBrokenPipe()()
	stream, err := c.openEvents()
	if err != nil {
		return 0, err
	}
	if stream != nil {
		defer stream.Close()
	}
	cache, store, err := c.stores().Writable()
	if err != nil {
		return 0, err
	}
	go func() { _ = store.Trim() }()
	watcher, err := c.watch()
	if err != nil {
		return 0, err
	}
	defer watcher.Close()
	signals := make(chan os.Signal, 4)
	defer ossignal.NotifyEnd(signals)()

	r := &programsRun{c: c, cache: cache, watcher: programs.NewWatcher(watcher), lines: map[string]*programs.Lines{}}
	if len(members) > 1 { // else the only one, a command, has what gorun has
		r.output = programs.NewOutput(c.con.Colored(), console.Visible, func(name, port string) {
			r.all.SayPortTaken(name, port)
		})
		var list []config.Program
		for _, m := range members {
			list = append(list, m.chosen.Program)
		}
		r.lines = r.output.Lines(list, programs.NewStdin(os.Stdin, term.IsTerminal(int(os.Stdin.Fd()))))
	}
	options := programs.Options{
		Stay: c.flags.Watch, Signals: signals, Say: c.con.Say, Fail: c.con.Fail, Debug: c.con.Debug("exec"),
		Event: c.listener(stream, nil),
	}
	for _, m := range members {
		options.Programs = append(options.Programs, programs.Program{
			Name: m.chosen.Name, Needs: m.chosen.Needs, RestartWith: m.chosen.RestartWith, Grace: m.flags.Grace,
			Output: r.lines[m.chosen.Name], Listen: m.flags.Listen,
			Run: func(l *programs.Link) int { return r.run(m, l) },
		})
	}
	r.all = programs.New(options)
	requests := make(chan live.Request)
	defer notifyRestart(requests)()
	go func() {
		for request := range requests { // SIGUSR1 starts every program again
			r.all.AskAll(request)
		}
	}()
	answers := programs.Answers{Programs: r.all, Output: r.lines, Describe: c.describe(time.Now())}
	answers.Unknown = func(name string) string {
		return programs.NotChosen(c.file, c.flags.Programs.Words(), name)
	}
	server := c.serveTell(cache, answers.Handle)
	defer server.Close()
	status := r.all.Run()
	for _, lines := range r.lines {
		lines.Wait()
	}
	return status, nil
}

// run runs the loop of one program to its end.
func (r *programsRun) run(c *command, l *programs.Link) int {
	if r.output != nil {
		c.con = r.c.con.Named(c.chosen.Name)
	}
	status, err := r.runLoop(c, l)
	if err != nil {
		l.Failed(err, c.con.Fail)
		return max(status, statusFailed)
	}
	return status
}

func (r *programsRun) runLoop(c *command, l *programs.Link) (int, error) {
	// As gorun.toml is now: the program may have been stopped for a while.
	first := configured{c, c.runFiles()}
	next, err := c.reconfigured("")
	if err != nil {
		c.con.Fail("%v", err)
	} else {
		first = next
	}
	c = first.c
	if err := c.flags.Debug.Check(c.line.Exec, c.getenv); err != nil {
		return 0, err
	}
	if c.listeners, err = exec.Listen(c.flags.Listen); err != nil {
		return 0, err
	}
	defer c.listeners.Close()
	view := r.watcher.View()
	defer view.Close()
	run := &liveRun{watcher: view, link: l}
	if c.chosen.Command != nil {
		command := &commandRun{liveRun: run}
		command.use(first)
		return live.Run(command.deps(), run.settings()), nil
	}
	// One for each: files that a program writes beside its executable are not another one's.
	if run.cache, run.store, err = c.liveStore(); err != nil {
		return 0, err
	}
	run.ports = c.keepPorts(c.listeners.Given())
	defer run.ports.Close()
	browsers, stopBrowsers := c.serveBrowsers(run.ports)
	defer stopBrowsers()
	if browsers != nil {
		run.front, run.listener = browsers, browsers.Hear
	}
	defer run.close()
	run.use(first)
	return live.Run(run.deps(), run.settings()), nil
}
