package live

import (
	"context"
	"errors"
	"slices"
	"syscall"
	"time"

	"github.com/gorun-dev/gorun/exec"
)

// The simulator's programs and hooks.

// simRun is what a program was started with, but for its executable.
type simRun struct{ run, env int }

type simPair struct {
	content simContent
	run     simRun
}

type simProgram struct {
	s          *simulator
	pid        int
	exe        *simExecutable
	run        simRun
	ready      chan struct{}
	isReady    bool
	done       chan struct{}
	outcome    exec.Outcome
	stubborn   bool
	leaving    bool // the loop has told it to end
	retiring   bool
	overlapped bool // it left while another one was there to take its place
	alone      bool // it ended by itself
	since      time.Time
	slowness   time.Duration // how long its end takes
	stops      int           // after-stop hooks of it

	signalled bool // it ends because gorun got a signal

	lasts time.Duration // how long it takes after its end until nothing is left of it
	gone  chan struct{} // closed then
}

func (p *simProgram) over() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// alive are the programs that have not ended. mu is held.
func (s *simulator) alive() []*simProgram {
	var list []*simProgram
	for _, p := range s.programs {
		if !p.over() {
			list = append(list, p)
		}
	}
	return list
}

// A simCommand is how a version is built and started.
type simCommand struct{ *simSetup }

func (c simCommand) BuildsLike(o Command) bool { return c.flavor == o.(simCommand).flavor }
func (c simCommand) StartsLike(o Command) bool {
	return c.run == o.(simCommand).run && c.variables() == o.(simCommand).variables()
}

// variables are those that the last program was started with, or would have been.
func (p *simSetup) variables() int {
	if p.started < 0 {
		return p.first
	}
	return p.started
}

func (s *simulator) startProgram(p *simSetup, v Version) (Program, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current(p, "Start")
	p = v.Settings.Command.(simCommand).simSetup
	e := s.executable(v.Exe)
	if e == nil {
		s.violation("the start of an executable that there is not")
		return nil, errors.New("no such file")
	}
	if e.removed() {
		s.violation("the start of %v, which was removed", e)
	}
	if e.setup.flavor != p.flavor {
		s.violation("%v is started under settings that it was not built under", e)
	}
	own := p
	own.readEnv(s)
	run := simRun{own.run, own.env}
	e.started = true
	if s.failStart {
		s.failStart = false
		s.startFailed = true
		s.does("start of %v fails", e)
		s.failed(e.content, run)
		s.restartDue = false
		if !slices.ContainsFunc(s.alive(), func(o *simProgram) bool { return !o.leaving }) {
			s.gone, s.down = true, true
		}
		return nil, errors.New("cannot be started")
	}
	own.started = own.env
	s.gone, s.down, s.restartDue = false, false, false
	others := 0
	for _, o := range s.alive() {
		if !o.leaving || !o.overlapped && !p.overlap {
			others++
		}
	}
	switch {
	case others > 1 || others > 0 && !p.overlap:
		s.violation("%v is started while %d other programs run", e, others)
	}
	n := len(s.programs)
	program := &simProgram{
		s: s, pid: 1000 + n, exe: e, run: run, ready: make(chan struct{}), done: make(chan struct{}), stubborn: s.stubborn,
		since: time.Now(), slowness: [...]time.Duration{0, 0, time.Millisecond, 30 * time.Millisecond}[(n+len(s.builds))%4],
	}
	program.gone = make(chan struct{})
	if n%5 == 1 {
		program.lasts = 400 * time.Millisecond
	}
	for _, o := range s.programs {
		if o.over() && !o.isGone() && !v.Settings.Overlap {
			s.violation("%v is started while something is left of program %d", e, o.pid)
		}
	}
	s.programs = append(s.programs, program)
	s.does("start %v as %d", e, program.pid)
	return program, nil
}

func (p *simProgram) Pid() int               { return p.pid }
func (p *simProgram) Ready() <-chan struct{} { return p.ready }
func (p *simProgram) Missing() string        { return "it does not answer" }
func (p *simProgram) Done() <-chan struct{}  { return p.done }

func (p *simProgram) Obstructed() <-chan struct{} { return nil }
func (p *simProgram) Obstacle() string            { return "" }

func (p *simProgram) Gone() <-chan struct{} { return p.gone }

func (p *simProgram) isGone() bool {
	select {
	case <-p.gone:
		return true
	default:
		return false
	}
}

func (p *simProgram) Left() []exec.Survivor {
	if p.isGone() {
		return nil
	}
	return []exec.Survivor{{PID: p.pid + 1000, Name: "sudo", User: "root"}}
}

func (p *simProgram) Outcome() exec.Outcome {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.outcome
}

// end ends the program. mu is held.
func (p *simProgram) end(o exec.Outcome) {
	if !p.over() {
		p.outcome = o
		close(p.done)
		if p.lasts == 0 {
			close(p.gone)
		} else {
			time.AfterFunc(p.lasts, func() { close(p.gone) })
		}
		p.s.activity++
		if p.signalled && !p.leaving {
			p.s.gone, p.s.down = true, true
			p.s.failed(p.exe.content, p.run)
		}
	}
}

// endIn ends the program after a while. mu is held.
func (p *simProgram) endIn(d time.Duration, sig syscall.Signal) {
	if d == 0 {
		p.end(exec.Outcome{Signal: sig})
		return
	}
	time.AfterFunc(d, func() {
		p.s.mu.Lock()
		defer p.s.mu.Unlock()
		p.end(exec.Outcome{Signal: sig})
	})
}

// mustEnd notes that the loop tells the program to end. mu is held.
func (p *simProgram) mustEnd(what string) bool {
	p.s.does("%s %d", what, p.pid)
	if p.over() {
		return false
	}
	if !p.leaving && !p.isReady && p.s.cfg.probe && time.Since(p.since) >= readyTimeout {
		p.s.failed(p.exe.content, p.run) // not ready in time
		p.s.missedReady = true
	}
	p.leaving = true
	p.overlapped = p.overlapped || len(p.s.alive()) > 1 || what == "kill"
	return true
}

func (p *simProgram) Forward(sig syscall.Signal) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.s.does("%v to %d", sig, p.pid)
	p.s.interrupted = true
	if !p.stubborn {
		p.signalled = true
		p.endIn(p.slowness, sig)
	}
}

func (p *simProgram) Retire() {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if !p.mustEnd("retire") || p.retiring {
		return
	}
	p.retiring = true
	if p.stubborn {
		p.endIn(3*time.Second, syscall.SIGKILL)
	} else {
		p.endIn(p.slowness, syscall.SIGTERM)
	}
}

func (p *simProgram) Hurry() {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.s.does("hurry %d", p.pid)
	if p.retiring {
		p.endIn(0, syscall.SIGKILL)
	}
}

func (p *simProgram) Kill() {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.mustEnd("kill")
	p.endIn(p.slowness, syscall.SIGKILL)
}

// exit ends a program by itself. mu is held.
func (p *simProgram) exit(o exec.Outcome) {
	if p.over() {
		return
	}
	p.s.note("program %d ends: %v", p.pid, o)
	p.s.wishes++
	if !p.leaving {
		p.s.gone, p.s.down = true, true
	}
	p.alone = !p.leaving
	if p.alone {
		p.s.failed(p.exe.content, p.run)
		if !o.Success() {
			p.s.exhausted++
		}
	}
	p.end(o)
}

type simHook struct {
	s     *simulator
	name  string
	about About
	done  chan struct{}
	err   error
	read  bool // the loop has asked how it has failed

	wishes int // of before-start: when it began
}

func (s *simulator) hook(name string, about About) *simHook {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.cfg.hooks, name) {
		return nil
	}
	s.does("%s (%s) of %d", name, about.Reason, about.Pid)
	h := &simHook{s: s, name: name, about: about, done: make(chan struct{})}
	for _, o := range s.hooks {
		if !o.over() && o.name == name && (name == BeforeStart || name == BeforeBuild) {
			s.violation("a second %s is started", name)
		}
	}
	p := s.programOf(about.Pid)
	switch name {
	case AfterReady:
		if p == nil || !p.isReady {
			s.violation("after-ready of program %d, which is not ready", about.Pid)
		}
	case AfterStop:
		if p == nil || !p.over() {
			s.violation("after-stop of program %d, which has not ended", about.Pid)
		} else if p.stops++; p.stops > 1 {
			s.violation("after-stop of program %d for the second time", about.Pid)
		}
	case BeforeStart:
		if s.newest != nil {
			s.hookedFor[h] = simPair{*s.newest, simRun{s.setup.run, s.setup.env}}
		}
		again := s.refused != nil && s.newest != nil && *s.refused == *s.newest
		if again && s.refusedAt == s.wishes && !s.unseen && len(s.unsent) == 0 {
			s.violation("before-start runs again for what it has failed for, and nobody has asked for that")
		}
		h.wishes = s.wishes
	}
	s.hooks = append(s.hooks, h)
	return h
}

func (h *simHook) over() bool {
	select {
	case <-h.done:
		return true
	default:
		return false
	}
}

// end ends a hook. mu is held.
func (h *simHook) end(err error) {
	if h.over() {
		return
	}
	s := h.s
	if err == nil && h.name == BeforeStart && s.cfg.refuses && !s.refusedOnce {
		err = errSimulated
	}
	s.note("%s ends: %v", h.name, err)
	h.err = err
	if err != nil && !errors.Is(err, context.Canceled) {
		switch h.name {
		case BeforeBuild:
			s.startFailed = true
		case BeforeStart:
			s.startFailed = true
			s.refusedOnce = true
		}
	}
	close(h.done)
}

// learnRefusal notes that the loop learns that before-start has failed. mu is held.
func (h *simHook) learnRefusal() {
	s := h.s
	pair := s.hookedFor[h]
	s.failed(pair.content, pair.run)
	s.refused, s.refusedAt = &pair.content, h.wishes
	for _, e := range s.executables {
		e.started = e.started || e.claimed && e.content == pair.content
	}
	s.restartDue = false
	last := len(s.programs) - 1
	if last < 0 || s.down || s.programs[last].over() && s.programs[last].alone {
		s.gone, s.down = true, true
	}
}

func (h *simHook) Done() <-chan struct{} { return h.done }

func (h *simHook) Err() error {
	h.s.mu.Lock()
	defer h.s.mu.Unlock()
	if h.err != nil && !errors.Is(h.err, context.Canceled) && !h.read {
		h.read = true
		switch h.name {
		case BeforeBuild:
			h.s.notPrepared()
			h.s.failedInputs[h.s.disk[simProto].content] = true // the directive runs with the next save
		case BeforeStart:
			h.learnRefusal()
		}
	}
	return h.err
}

func (h *simHook) Status() int {
	if h.Err() != nil {
		return 1
	}
	return 0
}

func (h *simHook) Cancel() {
	h.s.mu.Lock()
	defer h.s.mu.Unlock()
	h.s.activity++
	h.end(context.Canceled)
}
