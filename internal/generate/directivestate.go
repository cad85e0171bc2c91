package generate

import (
	"maps"
	"slices"
	"time"
)

// A directiveState is what is known of one directive: what it was made from, and whether it
// has to run.
type directiveState struct {
	lastInputs inputs // what it was made from when it last ran, or was assumed to be up to date
	toolLoaded bool   // its generator's files are among them, or there are none

	runReason     string // why it has to run whatever its inputs are; "" if it has not
	waitsForInput bool   // one before it has failed: it does not run before an input is saved
	failed        bool   // its last run failed: the user may save an input again to try once more

	ran     bool     // in this session
	known   bool     // it has run in this session, or an earlier one has left a record
	outputs []string // files that it has written, as far as that is known

	ownInputs     map[string]bool // inputs that it has been seen to write itself
	interruptions map[string]int  // inputs that changed during a run, and how often that ended it
}

// maxInterruptions is how often a run is interrupted because one and the same input
// changed during it. After that the run goes on to its end: a generator that rewrites its
// own input would be interrupted for ever.
const maxInterruptions = 2

// assumeUpToDate assumes that the directive last ran with the inputs as they are now. Files
// that were written after gorun started are left out, so that they count as changed.
func (st *directiveState) assumeUpToDate(now inputs, toolKnown bool, start time.Time) {
	files := maps.Clone(st.lastInputs.files)
	if files == nil {
		files = map[string]input{}
	}
	for path, f := range now.files {
		if _, ok := files[path]; !ok && !f.after(start) {
			files[path] = f
		}
	}
	st.lastInputs = inputs{files, now.tool}
	st.toolLoaded = toolKnown
}

// reason says why a directive has to run; "" if it has not. The paths are the
// inputs that say so. written reports of an input whether the directive writes it: what
// somebody else has written into it is not to be lost.
func (st *directiveState) reason(
	now inputs, written func(path string) bool, o *observer, dir string,
) (because string, paths []string) {
	if st.lastInputs.files == nil {
		return st.runReason, nil // it is new
	}
	paths = slices.DeleteFunc(st.lastInputs.changed(now, o), written)
	if len(paths) == 0 && st.failed {
		paths = st.lastInputs.touched(now)
	}
	switch {
	case st.runReason != "":
		return st.runReason, paths
	case len(paths) > 0, st.toolLoaded && st.lastInputs.tool != now.tool:
		return why(dir, paths), paths
	}
	return "", nil
}

// savedDuringRun returns the inputs that somebody seems to have saved while the directive
// runs. Files that the directive has written itself are left out: they carry the marker of
// generated code, were absent before, or are known as its own from an earlier run.
func (st *directiveState) savedDuringRun(before, now inputs) []string {
	var paths []string
	for path, f := range now.files {
		was, ok := before.files[path]
		switch {
		case !ok || !was.Exists() || !f.Exists() || was.same(f.fact):
		case st.isOwn(path, was, f), st.interruptions[path] >= maxInterruptions:
		default:
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}

func (st *directiveState) countInterruptions(paths []string) {
	for _, path := range paths {
		if st.interruptions == nil {
			st.interruptions = map[string]int{}
		}
		st.interruptions[path]++
	}
}

func (st *directiveState) isOwn(path string, was, now input) bool {
	return st.ownInputs[path] || was.generated || now.generated
}

// started notes that the directive runs, made from these inputs.
func (st *directiveState) started(now inputs) {
	*st = directiveState{
		lastInputs: now, toolLoaded: true, ran: true, known: true,
		outputs: st.outputs, ownInputs: st.ownInputs, interruptions: st.interruptions,
	}
}

// ended notes how the directive has left its inputs. What it has not written itself
// stays as it was when the run began, so that it is a change.
func (st *directiveState) ended(now inputs, good bool) {
	before, quiet := st.lastInputs, true
	st.lastInputs = inputs{maps.Clone(now.files), before.tool}
	for path, f := range now.files {
		was, ok := before.files[path]
		if ok && was.same(f.fact) || !ok && !f.Exists() || st.isOwn(path, was, f) {
			continue
		}
		quiet = false
		if !good {
			if st.interruptions[path] > 0 {
				continue
			}
			st.countInterruptions([]string{path})
		}
		if ok {
			st.lastInputs.files[path] = was
		} else {
			delete(st.lastInputs.files, path)
		}
	}
	for path, was := range before.files {
		if _, ok := now.files[path]; !ok && !was.generated && !st.ownInputs[path] {
			st.lastInputs.files[path] = was // if it is gone, that is a change
		}
	}
	st.failed = !good
	if good && quiet {
		st.interruptions = nil // else it may be what it writes: it is not interrupted for that again
	}
}

// acceptOwnInputs is for a directive whose inputs change with each of its runs. They are
// remembered as its own, and the directive counts as up to date.
func (st *directiveState) acceptOwnInputs(now inputs, paths []string) {
	st.started(now)
	for _, path := range paths {
		st.addOwn(path)
	}
	st.interruptions = nil
}

func (st *directiveState) addOwn(path string) {
	if st.ownInputs == nil {
		st.ownInputs = map[string]bool{}
	}
	st.ownInputs[path] = true
}
