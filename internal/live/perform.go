package live

import (
	"context"
	"fmt"

	"github.com/gorun-dev/gorun/depgraph"
)

// do does an effect. It returns the event that answers it, if there is one.
func (l *loop) do(f effect) machineEvent {
	switch f := f.(type) {
	case say:
		l.deps.Say("%s", f.line)
	case reloaded:
		if l.deps.Reloaded != nil {
			l.deps.Reloaded(f.Reloaded)
		} else {
			l.deps.Say("%s", f.Line)
		}
	case failed:
		l.deps.Fail("%s", f.line)
	case output:
		l.deps.Output(f.text)
	case debugging:
		l.deps.Debug(f.topic)("%s", f.line)
	case tell:
		if l.deps.Event != nil {
			l.deps.Event(f.event)
		}
	case answer:
		if f.request.Answer != nil {
			f.request.Answer <- f.answer
		}
	case arm:
		l.timers[f.timer].Reset(f.after)
	case disarm:
		l.timers[f.timer].Stop()

	case loadGraph:
		l.startLoad(f.prev)
	case cancelLoad:
		l.stopLoad()
	case follow:
		if l.deps.Generate != nil {
			l.deps.Generate.Follow(l.machine.graph)
		}
	case watchFiles:
		l.watch(l.machine.graph)
	case lookUpAll:
		return l.lookUp(nil)
	case inspect:
		return l.inspect(f)
	case inspectSince:
		if f.found {
			return sinceInspected{buildFacts{saved: savedSince(l.machine.graph, f.began)}}
		}
		return sinceInspected{l.since(f.began)}
	case checkRunFiles:
		return runFilesChecked{l.deps.Files == nil || l.deps.Files.Stale()}
	case readSettings:
		return l.readSettings(f)

	case beginStep:
		return l.beginStep(f)
	case cancelStep:
		l.step.Cancel()
	case abandonStep:
		l.step.Cancel()
		l.step = nil
	case beginBuild:
		l.build = l.deps.Build(f.change, f.running)
		l.await(l.build.Done(), buildOver{l.build})
		return buildBegun{l.build.Started()}
	case cancelBuild:
		l.build.Cancel()
	case abandonBuild:
		l.build.Cancel()
		l.build = nil
	case collectBuild:
		return l.collect()

	case startProgram:
		p, err := l.deps.Start(f.version)
		if err != nil {
			return startAnswered{id: f.id, err: err}
		}
		l.programs[f.id] = p
		l.awaitProgram(f.id, p)
		return startAnswered{id: f.id, pid: p.Pid()}
	case retire:
		l.programs[f.id].Retire()
	case hurry:
		l.programs[f.id].Hurry()
	case kill:
		l.programs[f.id].Kill()
	case forward:
		l.programs[f.id].Forward(f.signal)
	case remove:
		f.exe.Remove()
	case idling:
		l.deps.Idle(f.version.Graph, f.version.Exe)

	case runHook:
		if h := l.hook(f.name, f.about); h != nil {
			l.hooks[f.id] = h
			l.await(h.Done(), hookOver{f.id})
			return nil
		}
		return hookMissing{f.id}
	case cancelHook:
		l.hooks[f.id].Cancel()
	case exit: // the loop sees it in the machine
	default:
		panic(fmt.Sprintf("live: an effect of type %T", f))
	}
	return nil
}

func (l *loop) startLoad(prev Graph) {
	l.stopLoad()
	ctx, cancel := context.WithCancel(context.Background())
	load := &loading{cancel: cancel, done: make(chan struct{})}
	l.load = load
	loadGraph := l.deps.Load // the Deps may be others when the goroutine runs
	go func() {
		defer close(load.done)
		load.graph, load.err = loadGraph(ctx, prev)
	}()
	l.await(load.done, loadOver{load})
}

// stopLoad ends a load in flight and waits for that.
func (l *loop) stopLoad() {
	if l.load != nil {
		l.load.cancel()
		<-l.load.done
		l.load = nil
	}
}

func (l *loop) inspect(f inspect) machineEvent {
	e := inspected{against: f.against, afterStep: f.afterStep}
	if f.directives {
		if e.directives = l.deps.Generate.Classify(nil); e.directives.Kind == generates {
			e.against = nil // nobody asks any more
			return e
		}
	}
	if f.against != nil {
		e.change, e.graph = f.against.Classify(nil)
	}
	return e
}

func (l *loop) readSettings(f readSettings) machineEvent {
	e := settingsRead{reason: f.reason, request: f.request}
	if l.deps.Reconfigure == nil {
		e.err = fmt.Errorf("there is no profile %q: the settings cannot be changed here", f.profile)
		e.fixed = true
		return e
	}
	s, err := l.deps.Reconfigure(f.profile)
	if err != nil {
		e.err = err
		return e
	}
	followed := l.deps.Generate
	l.deps = s.Deps
	e.settings, e.directives = &s.Settings, l.deps.Generate != nil
	if g := l.machine.graph; g != nil {
		if e.directives && l.deps.Generate != followed {
			l.deps.Generate.Follow(g)
		}
		l.watch(g)
	}
	return e
}

func (l *loop) beginStep(f beginStep) machineEvent {
	e := stepBegun{stage: f.stage, none: true}
	var step Step
	switch {
	case f.stage == stageBeforeBuild:
		if h := l.hook(BeforeBuild, f.about); h != nil {
			step = hookStep{h, f.about}
		}
	case f.stage == stageGenerateUnknown:
		step = l.deps.Generate.StartUnknown()
	case f.stage == stageGenerate:
		step = l.deps.Generate.Start()
	default:
		if e.outdated = l.deps.Generate.Classify(nil); e.outdated.Kind != generates {
			e.outdated = depgraph.Change{}
			return e
		}
		step = l.deps.Generate.Start()
	}
	if step == nil {
		return e
	}
	l.step, e.none = step, false
	l.await(step.Done(), stepOver{step})
	return e
}

func (l *loop) hook(name string, about About) Hook {
	if l.deps.Hook == nil {
		return nil
	}
	about.Reason = plainReason(about.Reason)
	return l.deps.Hook(name, about)
}
