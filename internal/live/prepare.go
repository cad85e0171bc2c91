package live

import (
	"cmp"
	"context"
	"errors"

	"github.com/gorun-dev/gorun/depgraph"
)

// Preparing: the steps between a save and the build that follows it. Each has to
// end well; what they write belongs to the same reload.

// startBuild builds what is on the disk now, when it is prepared; what is under
// way is cancelled.
func (m *machine) startBuild() {
	m.changes.unbuilt, m.pipeline.failed = false, nil
	if m.end.by != nil {
		m.pipeline.interrupted = true
		return
	}
	m.prepare(stageGenerate)
}

// prepare goes on to the first step from a stage on, or to the build if there is none.
func (m *machine) prepare(s stage) {
	if m.pipeline.preparing() {
		m.emit(m.pipeline.abandon()...)
	}
	for ; s < stageBuild; s++ {
		if m.wants(s) {
			m.emit(beginStep{s, About{Reason: m.buildReason()}})
			return
		}
	}
	m.beginBuild()
}

// wants reports whether there may be something to do at a stage.
func (m *machine) wants(s stage) bool {
	directives := m.directives && m.graph != nil && m.changes.pending != nil
	switch s {
	case stageGenerate:
		// Not from files that are being written: what a directive has begun it has
		// to do again.
		return directives && !m.changes.burst.on()
	case stageBeforeBuild:
		return m.settings.BeforeBuild && !m.pipeline.before.ran
	}
	return directives
}

// buildReason is what before-build is told.
func (m *machine) buildReason() string {
	switch {
	case m.restart != nil:
		return m.restart.reason
	case m.changes.pending == nil && !m.slot.holds():
		return startReason
	}
	return m.why()
}

// onStepBegun comes when a step has begun, or there was nothing to do.
func (m *machine) onStepBegun(e stepBegun) {
	if e.outdated.Kind == generates {
		m.changes.merge(e.outdated) // it is what the reload is about, too
	}
	if e.none && e.stage == stageGenerateUnknown {
		m.giveUpFirstBuild()
		return
	}
	if e.none {
		m.prepare(e.stage + 1)
		return
	}
	if m.pipeline.building() {
		m.emit(m.pipeline.abandon()...)
	}
	m.pipeline.stage = e.stage
}

// onStepEnded goes on when a step has ended.
func (m *machine) onStepEnded(e stepEnded) {
	r, hook := e.result, m.pipeline.stage == stageBeforeBuild
	step := m.pipeline.stage
	m.pipeline.stage = stageIdle
	cancelled := errors.Is(r.Err, context.Canceled)
	if !cancelled && (r.Err != nil || !m.settings.Quiet) && len(r.Output) > 0 {
		m.emit(output{r.Output})
	}
	for _, told := range r.Events {
		m.tell(m.reload, told)
	}
	if r.How != "" {
		m.pipeline.prepared = r.How + ", "
	}
	if e.graph != nil {
		m.graph = e.graph
		m.absorbFromStep(step, e.written)
		m.pipeline.before.disturbed = m.pipeline.before.disturbed || hook && e.written.Kind > restarts
	}
	if hook && m.end.by == nil && m.pipeline.before.again() {
		m.startBuild()
		return
	}
	if m.changes.unbuilt || cancelled {
		return // a save has come: it starts over when the burst is over, or gorun is ending
	}
	if r.Err != nil {
		m.onStepFailed(r)
		return
	}
	m.pipeline.before.ran = m.pipeline.before.ran || hook
	if against := m.slot.comparable(); against != nil && m.changes.pending != nil {
		m.pipeline.stage = step // which goes on with that
		m.emit(inspect{against: against, afterStep: true})
		return
	}
	m.prepare(step + 1)
}

// generateUnknown has the directives run of which nothing is known, all once and in their order: in a
// fresh clone what they write may not be there, and the first build has failed. Which there are
// the graph knows. Nobody is told of the failure unless it stays.
func (m *machine) generateUnknown() {
	switch {
	case !m.directives: // under settings that are newer than the build
		m.giveUpFirstBuild()
	case m.graph != nil:
		m.pipeline.stage = stageIdle
		m.emit(beginStep{stage: stageGenerateUnknown})
	default:
		m.pipeline.stage = stageAwaitGraph
		if !m.pipeline.loading {
			m.load()
		}
	}
}

// giveUpFirstBuild tells that the first build has failed, after all.
func (m *machine) giveUpFirstBuild() {
	f := m.pipeline.failed
	m.pipeline.stage, m.pipeline.failed = stageIdle, nil
	m.onBroken(f.result)
	if f.unverified && !m.end.over {
		m.emit(inspectSince{m.pipeline.began, false})
	}
}

// absorbFromStep adds what a step has written to what the next build will have in it. What
// is written for the first build is no save: gorun does not stay for it.
func (m *machine) absorbFromStep(step stage, written depgraph.Change) {
	if step == stageGenerateUnknown && m.changes.pending == nil {
		m.pipeline.reload = true
		return
	}
	m.absorb(written)
}

// onStepFailed stays with what there is. Where directives were to mend the first build, its failure
// is what is to be told.
func (m *machine) onStepFailed(r StepResult) {
	if m.pipeline.failed != nil {
		m.fail("%v", r.Err)
		m.giveUpFirstBuild()
		return
	}
	m.acted = m.acted || m.changes.pending != nil
	if m.graph == nil && !m.pipeline.loading {
		m.load() // or no save would be noticed
	}
	m.hookFailure(PhaseCheck, r.Err.Error(), 1)
	if m.changes.leaveOutInputs(); m.changes.pending == nil {
		m.pipeline.prepared = "" // it was for them
	}
	m.onFailed(r.Err.Error(), 1, r.Output)
}

// onStepInspected goes on to the next step, unless what the last one has written comes
// to nothing.
func (m *machine) onStepInspected(e inspected) {
	step := m.pipeline.stage
	m.pipeline.stage = stageIdle
	if !m.undone(e) {
		m.prepare(step + 1)
		return
	}
	how := m.pipeline.how()
	if line := m.forget(cmp.Or(how, "nothing")); how != "" {
		m.emit(reloaded{line})
	}
}
