package generate

import (
	"maps"
	"slices"
	"time"
)

// A state is what is known of one directive from one look to the next.
type state struct {
	seen      inputs // what it was made from when it was last acted upon
	toolKnown bool   // its generator's files are among them, or there are none

	must   string // why it has to run whatever its inputs are; "" if it has not
	waits  bool   // but not before something else has to: one before it has failed
	failed bool   // its last run failed: the user may save an input again to try once more

	own      map[string]bool // inputs that it has been seen to write itself
	suspects map[string]int  // inputs that changed during a run, and how often that ended it
}

// patience is how often a run is ended because one and the same input changed
// during it. After that it may end first: a generator that rewrites its own input
// would never come to an end.
const patience = 2

// baseline takes a directive for up to date with what is there, but for files that
// were written after gorun started.
func (st *state) baseline(now inputs, toolKnown bool, start time.Time) {
	files := maps.Clone(st.seen.files)
	if files == nil {
		files = map[string]input{}
	}
	for path, f := range now.files {
		if _, ok := files[path]; !ok && !f.after(start) {
			files[path] = f
		}
	}
	st.seen = inputs{files, now.tool}
	st.toolKnown = toolKnown
}

// reason says why a directive has to run; "" if it has not. The paths are the
// inputs that say so.
func (st *state) reason(now inputs, o *observer, dir string) (because string, paths []string) {
	if st.seen.files == nil {
		return st.must, nil // it has never been acted upon
	}
	paths = st.seen.differ(now, o)
	if len(paths) == 0 && st.failed {
		paths = st.seen.touched(now)
	}
	switch {
	case st.must != "":
		return st.must, paths
	case len(paths) > 0, st.toolKnown && st.seen.tool != now.tool:
		return why(dir, paths), paths
	}
	return "", nil
}

// disturbed returns the inputs that somebody seems to have saved while the
// directive runs: what it has written itself goes by its marker, or by that it was
// not there before. That is what runs the directive again when it has ended, too,
// unless it is its own.
func (st *state) disturbed(before, now inputs) []string {
	var paths []string
	for path, f := range now.files {
		was, ok := before.files[path]
		switch {
		case !ok || !was.Exists() || !f.Exists() || was.same(f.fact):
		case st.isOwn(path, was, f), st.suspects[path] >= patience:
		default:
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}

func (st *state) suspect(paths []string) {
	for _, path := range paths {
		if st.suspects == nil {
			st.suspects = map[string]int{}
		}
		st.suspects[path]++
	}
}

func (st *state) isOwn(path string, was, now input) bool {
	return st.own[path] || was.generated || now.generated
}

// started notes that the directive runs, made from these inputs.
func (st *state) started(now inputs) {
	*st = state{seen: now, toolKnown: true, own: st.own, suspects: st.suspects}
}

// ended notes how the directive has left its inputs. What it has not written itself
// stays as it was when the run began, so that it is a change.
func (st *state) ended(now inputs, good bool) {
	before := st.seen
	st.seen = inputs{maps.Clone(now.files), before.tool}
	for path, f := range now.files {
		was, ok := before.files[path]
		if ok && was.same(f.fact) || !ok && !f.Exists() || st.isOwn(path, was, f) {
			continue
		}
		if !good {
			if st.suspects[path] > 0 {
				continue
			}
			st.suspect([]string{path})
		}
		if ok {
			st.seen.files[path] = was
		} else {
			delete(st.seen.files, path)
		}
	}
	for path, was := range before.files {
		if _, ok := now.files[path]; !ok && !was.generated && !st.own[path] {
			st.seen.files[path] = was // if it is gone, that is a change
		}
	}
	st.failed = !good
	if good {
		st.suspects = nil
	}
}

// settle takes the directive for up to date though its inputs go on changing, and
// remembers that it is its own doing.
func (st *state) settle(now inputs, paths []string) {
	st.started(now)
	for _, path := range paths {
		if st.own == nil {
			st.own = map[string]bool{}
		}
		st.own[path] = true
	}
	st.suspects = nil
}
