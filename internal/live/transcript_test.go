package live

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/gocmd"
)

var update = flag.Bool("update", false, "write what the machine does now into the transcripts of testdata")

// TestTranscripts holds the machine against the transcripts in testdata. A transcript is
// paragraphs: events, a line each, "----", and the effects that the machine returns for them,
// a line each. A line "==== title" begins another story, with a machine of its own. The effects
// of "given EVENT; EVENT; ..." are not written down.
//
// The effects that answer at once are answered by the loop's own code, which looks things up
// in a fake world; what a program, a build or a hook does otherwise, the events say. See do
// for the words.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || files == nil {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		head, stories, _ := strings.Cut("\n"+string(text), "\n==== ")
		now := strings.TrimPrefix(head, "\n")
		for story := range strings.SplitSeq(stories, "\n==== ") {
			title, body, _ := strings.Cut(story, "\n")
			got := strings.TrimSpace(body) // of a story that is not asked for
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txt")+"/"+title, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { got = play(t, body) })
				if got != strings.TrimSpace(body) && !*update {
					t.Errorf("%s: %s: the machine does otherwise:\n%s", file, title, difference(strings.TrimSpace(body), got))
				}
			})
			now += fmt.Sprintf("\n==== %s\n\n%s\n", title, got)
		}
		if *update {
			if err := os.WriteFile(file, []byte(now), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// difference shows the first lines that differ, and what comes before.
func difference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	at := func(lines []string) string {
		return strings.Join(lines[min(n, len(lines)):min(n+5, len(lines))], "\n\t")
	}
	return fmt.Sprintf("\t%s\nwant\n\t%s\ngot\n\t%s", strings.Join(a[max(0, n-8):n], "\n\t"), at(a), at(b))
}

// A player plays a story: it does what the loop does, but for selecting.
type player struct {
	*world
	*loop
	due   map[timerName]time.Time
	lines []string
	next  []nextSetup // settings that are read next
	setup nextSetup   // that was read last
}

// play plays the events of a story and returns it with the effects of now.
func play(t *testing.T, body string) string {
	w := newWorld(t)
	w.kinds["/m/.env"] = depgraph.Restart
	w.stubborn = true // programs end when the story says so
	p := &player{world: w, due: map[timerName]time.Time{}}
	var out []string
	for paragraph := range strings.SplitSeq(strings.TrimSpace(body), "\n\n") {
		if given, ok := strings.CutPrefix(paragraph, "given "); ok {
			for event := range strings.SplitSeq(strings.ReplaceAll(given, "\n", " "), ";") {
				p.do(strings.Fields(event))
				synctest.Wait()
			}
			out = append(out, paragraph)
			continue
		}
		events, _, _ := strings.Cut(paragraph, "\n----")
		p.lines = nil
		for line := range strings.SplitSeq(events, "\n") {
			p.do(strings.Fields(line))
			synctest.Wait() // for a load, whose goroutine reads the disk
		}
		out = append(out, strings.Join(append([]string{events, "----"}, p.lines...), "\n"))
	}
	p.end()
	return strings.Join(out, "\n\n")
}

// end leaves nothing behind in the bubble.
func (p *player) end() {
	if p.loop == nil {
		return
	}
	for i := range p.timers {
		p.timers[i].Stop()
	}
	for _, program := range p.world.programs {
		program.end(exec.Outcome{})
	}
	p.stopLoad()
	close(p.closed)
}

// handle is the loop's, and writes down the effects.
func (p *player) handle(e machineEvent) {
	p.apply(e)
	for !p.machine.end.over {
		effects := p.machine.step(time.Now(), rested{})
		if effects == nil {
			return
		}
		p.perform(effects)
	}
}

func (p *player) apply(e machineEvent) { p.perform(p.machine.step(time.Now(), e)) }

func (p *player) perform(effects []effect) {
	for _, f := range effects {
		p.note(f)
		if e := p.loop.do(f); e != nil {
			p.apply(e)
		}
	}
}

// note writes an effect down: not what only fills the lines, such as phases, events, and
// hooks that there are not.
func (p *player) note(f effect) {
	switch f := f.(type) {
	case arm:
		p.due[f.timer] = time.Now().Add(f.after)
	case disarm:
		if _, armed := p.due[f.timer]; !armed {
			return
		}
		delete(p.due, f.timer)
	case debugging:
		if f.topic == "phase" {
			return
		}
	case tell, follow, watchFiles:
		return
	case runHook:
		if !slices.Contains(p.hookable, f.name) {
			return
		}
	}
	p.lines = append(p.lines, f.String())
}

// begin starts a machine under settings.
func (p *player) begin(words []string) {
	s := settingsOfWords(words)
	for _, word := range words {
		if hooks, ok := strings.CutPrefix(word, "hooks="); ok {
			p.hookable = strings.Split(hooks, ",")
		}
		switch word {
		case "directives":
			p.generates()
		case "unknown":
			p.generates()
			p.gen.unknown = true
		case "load-fails":
			p.loadErr = errors.New("go.mod:1: unknown directive")
		}
	}
	s.BeforeBuild = slices.Contains(p.hookable, BeforeBuild)
	p.setup.Settings = s
	s.Command = p.setup.command
	p.world.files = &fakeFiles{w: p.world, stale: true}
	p.world.deps = p.fakes()
	p.world.deps.Files = p.world.files
	p.world.deps.Reconfigure = func(string) (*Setup, error) {
		if len(p.next) == 0 {
			return nil, errors.New("gorun.toml:1: no")
		}
		next := p.next[0]
		p.next = p.next[1:]
		next.command = p.setup.command
		setup := next.setup(p.world)
		p.setup = next
		return setup, nil
	}
	p.loop = newLoop(p.world.deps, s)
	p.handle(begun{})
}

// settingsOfWords reads the words of settings.
func settingsOfWords(words []string) Settings {
	s := Settings{Dir: "/m", Grace: 3 * time.Second, ReadyTimeout: 30 * time.Second, MaxRestarts: 3}
	for _, word := range words {
		switch word {
		case "stay":
			s.Stay = true
		case "overlap":
			s.Overlap = true
		case "hold":
			s.Hold = true
		case "probe":
			s.Probe = true
		case "must-be-ready":
			s.MustBeReady = true
		case "restart":
			s.Restart = true
		case "terminal":
			s.Terminal = true
		}
	}
	return s
}

// do has something happen:
//
//	begin WORDS         gorun, under settings
//	save FILE...        files are saved: .env is a run file, gorun.toml the settings; api.proto an input
//	half FILE           a file is saved that seems to be cut
//	delete FILE         a file is removed
//	touch FILE          a file is written, which changes nothing
//	undo FILE N         a file is saved, and the files are what they were after N saves
//	seen FILE           the watcher reports what has been looked at already
//	unseen FILE         a save that the watcher does not report
//	everything          the watcher reports that it has missed something
//	wait TIME           timers go off
//	loaded              the graph
//	built [same|broken|otherwise|kept|nodir]   otherwise: broken in another way; nodir: nothing is there
//	doubt FILE [kind]   when the build is used a file may have changed; kind none: its content is the same
//	later FILE          a file was saved after the build had begun, and the graph has seen it already
//	load fails|works
//	ready N, exit N [CODE|SIGNAL|alive] [left]
//	gone N              what could not be killed of a program has ended
//	hook ok|fails       the newest hook, or before-build, ends
//	hookgone            a hook that was cancelled has ended
//	generated [FILE|fails]
//	next same|restart|reload WORDS     what the settings are when they are read next
//	fresh               run files are what the program was started with
//	start fails|deleted|works          deleted: the executable is not there any more
//	obstructed N        a program could not bind an address of a port that another one has
//	unkept              the ports of programs are not kept any more
//	signal interrupt|terminated
//	ask restart|rebuild|stop|status|profile
//	alarm [FILE]        a direct build was wrong; or the file, which nobody watches, has changed
func (p *player) do(words []string) {
	arg := func(n int) string {
		if n < len(words) {
			return words[n]
		}
		return ""
	}
	file := func(n int) string { return "/m/" + arg(n) }
	switch words[0] {
	case "begin":
		p.begin(words[1:])
	case "save", "half", "delete", "touch", "undo", "seen", "everything":
		p.files(words)
	case "unseen":
		p.write(file(1))
	case "wait":
		p.wait(arg(1))
	case "loaded":
		load := p.loop.load
		<-load.done
		p.handle(p.complete(loadOver{load}))
	case "built":
		p.built(arg(1))
	case "doubt":
		p.world.since = []string{file(1)}
		if arg(2) == "none" {
			p.kinds[file(1)] = depgraph.None
		}
	case "later":
		p.world.later = []string{file(1)}
	case "load":
		p.loadErr = nil
		if arg(1) == "fails" {
			p.loadErr = errors.New("go.mod:1: unknown directive")
		}
	case "ready":
		p.handle(programReady{p.number(arg(1))})
	case "exit":
		p.exit(p.number(arg(1)), arg(2), arg(3) == "left")
	case "gone":
		p.handle(programGone{p.number(arg(1))})
	case "hook":
		p.hookEnds(arg(1))
	case "hookgone":
		for id, h := range p.loop.hooks {
			if h.(*fakeHook).cancelled.Load() {
				p.handle(p.complete(hookOver{id}))
			}
		}
	case "generated":
		p.generated(arg(1))
	case "next":
		kind := map[string]depgraph.Kind{"same": depgraph.None, "restart": restarts, "reload": reloads}[arg(1)]
		p.next = append(p.next, nextSetup{Kind: kind, Settings: settingsOfWords(words[2:])})
	case "fresh":
		p.world.files.stale = false
	case "start":
		p.startErr = nil
		switch arg(1) {
		case "fails":
			p.startErr = errors.New("no such luck")
		case "deleted":
			p.startErr = ErrNoExecutable
		}
	case "obstructed":
		p.handle(programObstructed{p.number(arg(1)), ":80 cannot be bound"})
	case "unkept":
		p.handle(portsLost{})
	case "signal":
		p.handle(signalled{map[string]os.Signal{"interrupt": os.Interrupt, "terminated": syscall.SIGTERM}[arg(1)]})
	case "ask":
		p.handle(requested{Request{Do: Do(arg(1)), By: "-tell " + arg(1), Profile: arg(2)}})
	case "alarm":
		a := incremental.Alarm{Input: arg(1)}
		if a.Input != "" {
			a.Reason = "changed"
		}
		p.handle(alarmed{a})
	default:
		p.t.Fatalf("what is %q?", words)
	}
}

func (p *player) number(word string) int {
	n, err := strconv.Atoi(word)
	if err != nil {
		p.t.Fatal(err)
	}
	return n
}

// write changes a file on the disk of the world.
func (p *player) write(file string) {
	if p.kinds[file] > depgraph.Restart {
		p.saved = append(p.saved[:p.disk.Load()], file)
		p.disk.Add(1)
	}
}

// files has the watcher report files.
func (p *player) files(words []string) {
	var paths []string
	for _, name := range words[1:] {
		paths = append(paths, "/m/"+name)
	}
	switch words[0] {
	case "half":
		p.half = true
	case "delete":
		p.away[paths[0]] = true
	case "touch":
		p.touched = true
	case "undo":
		paths = paths[:1]
		p.disk.Store(int64(p.number(words[2])))
	case "seen":
		kind := p.kinds[paths[0]]
		p.kinds[paths[0]] = depgraph.None
		defer func() { p.kinds[paths[0]] = kind }()
	case "everything":
		paths = nil
	}
	if words[0] == "save" {
		delete(p.away, paths[0])
	}
	if words[0] == "save" || words[0] == "half" || words[0] == "delete" {
		for _, path := range paths {
			if path == "/m/api.proto" {
				p.gen.saved++
			}
			p.write(path)
		}
	}
	if e := p.lookUp(paths); e != nil {
		p.handle(e)
	}
}

// wait lets time pass; timers go off in their order.
func (p *player) wait(d string) {
	left, err := time.ParseDuration(d)
	if err != nil {
		p.t.Fatal(err)
	}
	end := time.Now().Add(left)
	for {
		timer, at := numTimers, end
		for name, due := range p.due {
			if !due.After(at) {
				timer, at = name, due
			}
		}
		time.Sleep(time.Until(at))
		if timer == numTimers {
			return
		}
		delete(p.due, timer)
		p.lines = append(p.lines, fmt.Sprintf("(%s)", timer))
		var e machineEvent
		switch timer {
		case quietTimer:
			e = quietOver{}
		case graceTimer:
			e = graceOver{}
		case readyTimer:
			e = p.missing()
		case backoffTimer:
			e = backoffOver{}
		}
		p.handle(e)
	}
}

// built ends the newest build.
func (p *player) built(how string) {
	r := incremental.Result{How: "go build"}
	switch how {
	case "same":
		r.Same = true
	case "nodir":
		r = incremental.Result{Err: &gocmd.NoDirectoryError{Dir: "/no/such/m"}}
	case "broken", "otherwise":
		r = incremental.Result{Status: 1, Output: []byte("main.go:1: no")}
		if how == "otherwise" {
			r.Output = []byte("main.go:2: no")
		}
	default:
		r.Exe = &incremental.Executable{Path: fmt.Sprintf("/exe/v%d", len(p.builds))}
		r.Reused = how == "kept"
	}
	b := p.lastBuild()
	if !b.cancelled {
		b.finish(r)
	}
	if e := p.complete(buildOver{b}); e != nil {
		p.handle(e)
	}
}

func (p *player) exit(id int, how string, left bool) {
	out := exec.Outcome{}
	switch code, err := strconv.Atoi(how); {
	case how == "alive":
		out.Alive = true
	case err == nil:
		out.Code = code
	case how != "":
		out.Signal = map[string]syscall.Signal{"terminated": syscall.SIGTERM, "killed": syscall.SIGKILL}[how]
	}
	program := p.loop.programs[id].(*fakeProgram)
	if left {
		program.left = []exec.Survivor{{PID: 4711, Name: "sudo", User: "root"}}
	}
	program.end(out)
	p.handle(p.complete(programOver{id}))
}

// hookEnds ends the newest hook that has not ended.
func (p *player) hookEnds(how string) {
	var err error
	if how == "fails" {
		err = errHook
	}
	h := p.lastHook()
	for _, older := range slices.Backward(p.world.hooks) {
		select {
		case <-older.done:
			continue
		default:
			h = older
		}
		break
	}
	h.end(err)
	if p.loop.step != nil && h.name == BeforeBuild {
		p.handle(p.complete(stepOver{p.loop.step}))
		return
	}
	for id, running := range p.loop.hooks {
		if running == Hook(h) {
			p.handle(p.complete(hookOver{id}))
		}
	}
}

// generated ends the newest run of the directive, which may have written a file.
func (p *player) generated(what string) {
	r := StepResult{How: "generated"}
	switch what {
	case "":
	case "fails":
		r = StepResult{Err: errors.New("go:generate failed"), Output: []byte("api.proto:1: no")}
	default:
		p.gen.write("/m/" + what)
	}
	s := p.gen.last()
	if !s.cancelled {
		s.end(r)
	}
	if e := p.complete(stepOver{s}); e != nil {
		p.handle(e)
	}
}
