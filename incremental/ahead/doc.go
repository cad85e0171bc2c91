// Package ahead links programs with a linker that is half done before the save: it has loaded all
// packages but those that may change, and marked what is reachable whatever these contain.
//
// The invariant: what it links is byte for byte what the stock linker links of the same archives and
// flags. Where that is in doubt nothing comes of it, and the caller links with the stock linker:
// a toolchain or a file of it that is not known, a flag that is not, a process that ended with a status
// other than 0, one that is not ready yet.
//
// The linker is made from the sources in the user's own GOROOT: [Build] inserts some lines into them
// and adds two files (inserted/), with the go command's -overlay, so no file of GOROOT changes.
// A [Linker] is all of it for one session of direct builds: it has the linker built, tries it,
// and keeps one link waiting. A [Job] is one link.
//
// When a link is due, and what is done about a program that turns out wrong, is incremental/direct's
// and incremental's to know.
//
// The files:
//
//   - edits.go: what is inserted, and where; inserted/edits.txt is the list, and the other files
//     there are added to cmd/link.
//   - versions.go: the Go versions that it is known to work with.
//   - build.go: Build, the linker's executable in gorun's cache directory.
//   - job.go: Job, and which jobs are not for it.
//   - linker.go: Linker, which link waits; attempt.go: how it comes to wait, the trial before the
//     first; waiting.go: the process that does.
//   - compare.go: executables that must be the same, and what is kept where they are not.
//   - memory.go: what may wait.
package ahead
