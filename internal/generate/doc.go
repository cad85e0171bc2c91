// Package generate runs //go:generate directives again when what they are made
// from has changed.
//
// A Generator follows the directives of a program's packages, those that `go
// generate` would run, and for each of them its inputs: files that its words name,
// files that a //gorun:input line above or below it names, the whole package graph of a
// generator that is in this workspace, or, if there is nothing of these, the file
// that it stands in. Classify says whether a directive has to run, Start runs all that
// have to, by `go generate -run`, in the order of packages, files and lines.
//
// The invariant: a directive is up to date if its inputs have the content that they
// had when its last good run began, but for what that run itself wrote. What that was is
// remembered from one session to the next; a directive of which nothing is known when
// gorun starts is assumed to be up to date. A run that failed or was cancelled
// leaves its inputs changed. Files are judged by content.
//
// NewPlan is pure and its Plan prints; a Run carries plans out until nothing has to
// run any more, since what one directive writes may be what another is made from.
// When to generate, and what follows from it, is internal/live's; what a package
// graph is, depgraph's.
//
// The files: directive.go parses //go:generate and //gorun:input lines; namedinputs.go finds
// the files that a directive's words name, glob.go those of a pattern, toolcall.go the
// package of its generator, tool.go that package's graph; inputs.go puts them together;
// fact.go reads one file, generatedmarker.go its "Code generated" line. directivestate.go
// says whether a directive is up to date, memory.go what is remembered of it between
// sessions, outputs.go what it has written; order.go in which order directives run, plan.go
// which have to, run.go runs them, runflag.go selects one for `go generate -run`.
// generator.go follows the directives of a program, classify.go says what a save means to
// them, watchdirs.go where saves are to be noticed, why.go is -why. step.go makes all that the
// loop's.
package generate
