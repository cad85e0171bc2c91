// Package incremental comes from a change to an executable by the shortest way
// that is provably right.
//
// The ways, each falling back to the next where it may not be used:
//
//   - nothing: the new executable would be the running one but for its build ID,
//     so there is nothing to start.
//   - direct: what changed is compiled and the program linked by the command
//     lines that the go command printed for this very build (package
//     incremental/direct).
//   - go build: the go command with its warm GOCACHE, as `go run` calls it.
//     Always right, and what every other way is verified by.
//
// The direct way starts from the archives that `go run` leaves in GOCACHE. In the
// background the go command builds a second set of archives, the named set, with which
// fewer importers have to be compiled. When it is complete the direct way changes over
// to it, and is verified by what the go command makes with the same flag.
//
// The invariant of the direct way: a build may be direct only where the session linked,
// before any edit, what `go run` had made; and each direct build is compared with what
// the go command makes of the same files as soon as there is time. A Builder prepares
// and verifies between builds (Idle), and reports the first mismatch (Alarms).
//
// NewPlan is pure and its Plan prints; a Builder carries plans out, one at a
// time. A Build in flight is a value with Cancel and Done; a new one cancels the
// old one and waits for it, but not for an interrupted go command of the idle work.
// A Store keeps the executables, in the user's cache directory, never in the project.
//
// How a program is built directly is incremental/direct's to know. What changed is
// depgraph's to say; whether the result is still wanted, and what happens to the
// program, is internal/live's.
//
// The files:
//
//   - chooseway.go: Plan, which way a change takes and why.
//   - builder.go: Builder and Build: one build at a time, cancelled by the next.
//   - gobuild.go: a build by the go command; exechelper.go: gorun as its -exec helper,
//     which receives the executable; progress.go: what is shown while it builds.
//   - uncached.go: files that the go command does not know as inputs, such as headers in other
//     directories: it compiles packages again when they change.
//   - directstate.go: whether a build may be direct, one value and its transitions;
//     directbuild.go: a direct build.
//   - idle.go: what is done between builds, and when: prepare.go reads the recipe and
//     proves the session, verify.go compares a direct build with the go command's,
//     namedset.go changes over to the named set; toolexec.go: gorun as the go command's
//     -toolexec, so that verifying does not compile twice.
//   - saved.go: what outlives a gorun: the session of the direct way, and the record of what runs.
//   - mismatch.go: Alarm, and the report of a failed verification; the line on the screen is live's.
//   - store.go: the store of executables and their locks; storeopener.go: where it can be
//     used; storetrim.go: its bound; storereuse.go: executables that an earlier gorun has left there; storebeside.go: what
//     becomes of files that a program writes beside its executable; storefull.go: what is
//     done when there is no room in it, or about to be none (storespace_*.go).
//
// Below it: direct (the direct way), recipe (what the go command printed), archive
// (what the compiler writes), edit (two versions of a Go file), equal (two executables),
// reuse (archives for the go command), and oracle (tests all of it with random edits).
package incremental
