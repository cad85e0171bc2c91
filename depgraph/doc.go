// Package depgraph says what a program is built from and what a changed path
// means for it.
//
// Load asks the go command, through go/packages, with the user's own flags and
// environment, and makes of its answer a Graph: the packages, the files of
// each, why each other file is left out, and everything else that decides the
// build: go.mod, go.work and their sums, vendor, the `go env -w` file, overlays,
// profiles, headers that cgo includes, and paths whose absence decides.
// Classify compares paths with the graph and says what follows: nothing, a
// rebuild, or that the graph itself must be loaded again, with the reason in
// words. WatchDirs names the directories where such changes are seen.
//
// A Graph is immutable and safe for concurrent use: Update and Load return the
// next one. The invariant of Classify: None is said only of what the build
// cannot see; doubt widens. Files are judged by content, metadata is believed
// only where package stamp says that it is proof.
//
// What is not watched: GOROOT and the module cache. What to do about a change,
// noticing it, and running the go command otherwise are other rooms' work.
package depgraph
