// Package generate runs //go:generate directives again when what they are made
// from has changed.
//
// A Generator follows the directives of a program's packages, those that `go
// generate` would run, and for each of them its inputs: files that its words name,
// files that a //gorun:input line beside it names, the whole package graph of a
// generator that is in this workspace, or, if there is nothing of these, the file
// that carries it. Look says whether a directive has to run, Start runs all that
// have to, by `go generate -run`, in the order of packages, files and lines.
//
// The invariant: a directive is up to date if its inputs have the content that they
// had when its last good run began, but for what that run itself wrote. When
// gorun starts, all are taken for up to date. A run that failed or was cancelled
// leaves its inputs changed. Files are judged by content.
//
// NewPlan is pure and its Plan prints; a Run carries plans out until nothing has to
// run any more, since what one directive writes may be what another is made from.
// When to generate, and what follows from it, is internal/live's; what a package
// graph is, depgraph's.
package generate
