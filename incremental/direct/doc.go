// Package direct builds a program after an edit by compiling what the edit can
// change, and linking, with the command lines that the go command printed for
// this very build (incremental/recipe).
//
// The invariant: an archive counts as the outcome of a compile only where the
// compile's command line, its sources and the export data of its imports are the
// same; and an importer is left alone only where the compiler itself has shown
// that it would see nothing new, by export data that are the same bytes: those of
// the sources, or of a twin of them (incremental/edit). Any doubt is a *Refusal,
// after which the caller builds with the go command.
//
// Prepare reads the recipe and the archives that a Session starts from;
// Session.Build brings the executable to the present state of the files. NewPlan,
// between the two, is pure and its Plan prints. Results stores the archives of the
// run.
//
// When the direct way is prepared and used, that its executables are compared with
// the go command's, and what follows if they differ, is incremental's part.
//
// The files:
//
//   - session.go: Session, Refusal, Outcome; prepare.go: Setup and Prepare; savedsession.go,
//     restoredsession.go: a Session outlives its gorun.
//   - compileplan.go: Plan, which packages are compiled and what is linked; keys.go:
//     what a compile or a link depends on.
//   - runplan.go carries a Plan out: compile.go and link.go run the tools,
//     earlylink.go begins the link while a twin is still being compiled; sharedcompiles.go:
//     Sessions of several programs compile a package once; turns.go: which of them
//     links first, and whose next link waits.
//   - sources.go: the files of the program, and whether the recipe still holds for
//     them; inputs.go: what else the go command reads for the program; texts.go: earlier
//     contents of files; results.go: archives by key.
//   - ahead.go: links that wait for the next build (package ahead).
//   - twin.go: which packages get a twin; twintiming.go: when its compile begins.
//   - namedset.go: the named set, archives whose objects refer to symbols by name.
//   - offer.go: compiled archives for the go command to reuse.
package direct
