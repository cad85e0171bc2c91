// Package incremental comes from a change to an executable by the shortest way
// that is provably right.
//
// The ways, each falling back to the next where it may not be taken:
//
//   - nothing: the new executable would be the running one but for its build ID,
//     so there is nothing to start.
//   - direct: what changed is compiled and the program linked by the command
//     lines that the go command printed for this very build (package
//     incremental/direct).
//   - go build: the go command with its warm GOCACHE, as `go run` calls it.
//     Always right, and what every other way is checked against.
//
// Beside the archives that go run makes there is a second set for the direct way,
// of named objects (Builder.name): it is changed over to when it is complete, and
// proved in the same manner, by what the go command makes with the same flag.
//
// The invariant of the direct way: it is taken only where what it linked before
// any edit was what go run made, and what it has built is compared with what go
// run makes as soon as there is time. The Builder prepares and compares between
// builds (Idle), and tells of a difference once (Alarms).
//
// NewPlan is pure and its Plan prints; a Builder carries plans out, one at a
// time. A Build in flight is a value with Cancel and Done; a new one cancels the
// old one and waits for it, but not for a go command of Idle's to tidy up. A Store
// keeps the executables, in the user's cache directory, never in the project.
//
// How a program is built directly is incremental/direct's to know: here it is
// prepared, taken, and checked (incremental/equal). What changed is depgraph's to
// say; whether the result is still wanted, and what happens to the program, is
// internal/live's.
package incremental
