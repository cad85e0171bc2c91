// Package live keeps a program running its newest build.
//
// Events go in, effects come out. The loop (loop.go) selects what has arrived, looks
// up the facts that belong to it (lookup.go), hands both to the machine as an event
// (events.go), and does the effects that the machine returns (effects.go, perform.go).
// The machine (machine.go) decides everything and does no I/O, so its tests are
// transcripts in testdata: an event, then the effects.
//
// What the machine knows is a few values:
//
//	version.go    what was built, and under which settings; a program that runs it
//	slot.go       who serves, the one candidate with its stage, who is leaving; overlap.go: whether two run at a time
//	changes.go    what was saved and is not in what serves; quiet.go: the quiet window;
//	              recheck.go: when all files are compared, whatever was reported
//	pipeline.go   load, generate, before-build, build: one in flight
//	crashes.go    restarts of a program that fails by itself
//	hooks.go      hooks in flight
//	requests.go   what others ask for (-tell), each answered once
//	reload.go     one save's way, from when it was noticed to its events
//	journal.go    how what was decided is told: events, the reload line (reloadline.go), status
//	              (status.go)
//
// What it does with them stands by what has happened: saves.go, restart.go, rewritten.go,
// settings.go, load.go, prepare.go, build.go, mismatch.go, start.go, ready.go, end.go, ask.go.
//
// The invariant: when nothing is under way, what serves is an instance of the newest
// good build under the newest settings, every request was answered once, and
// nothing else runs. A build is good if no input may have changed since it began, as
// far as any event or any file's metadata can tell.
//
// The principal function is Run. The rest of gorun comes in as functions and small
// interfaces (deps.go; packagegraph.go makes one of depgraph's graph), so that the loop is
// tested with fakes and a fake clock. How to build, what a path means, how a process ends, and
// how lines look is the business of incremental, depgraph, exec and console.
package live

// Run keeps a program running to its end, or gorun's, and returns gorun's exit status.
func Run(deps Deps, settings Settings) int {
	l := newLoop(deps, settings)
	l.run()
	l.close()
	return l.machine.end.status
}
