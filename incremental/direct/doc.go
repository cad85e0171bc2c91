// Package direct builds a program after an edit by compiling what the edit can
// change, and linking, with the command lines that the go command printed for
// this very build (incremental/recipe).
//
// The invariant: an archive is taken for the outcome of a compile only where the
// compile's command line, its sources and the export data of its imports are the
// same, and an importer is left alone only where the compiler itself has shown
// that it would see nothing new: by export data that are the same bytes, of the
// sources or of a twin of them (incremental/edit). Whatever else there is to
// doubt is a *Refusal, for which the caller builds with the go command.
//
// Prepare reads the recipe and the archives that a Session starts from;
// Session.Build brings the executable to the present state of the files. NewPlan,
// between the two, is pure and its Plan prints. Results keeps archives for the
// run.
//
// When the direct way is prepared and taken, that its executables are compared
// with the go command's, and what is done if they differ, is incremental's part.
package direct
