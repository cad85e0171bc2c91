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
//
// The files, by what is asked:
//
// The graph. graph.go has Graph, Package and the order of packages; filekind.go what a
// file is to its package; config.go what the go command is asked with (flags, `go env`,
// -exclude); load.go runs it and retries,
// loadseveral.go for several programs at once; assemble.go makes a graph of its answer, with
// packagedirs.go (files of a package's directory that were not listed), brokenheader.go
// (imports of a file with a syntax error), importcycle.go, embeddedfiles.go,
// cincludedfiles.go, pgo.go, modulefiles.go (go.mod, go.work, vendor, links) and gopath.go
// (the places of an import without modules).
//
// One file. fact.go reads a file and remembers it; fileheader.go is what the top of a
// source file says (package clause, imports, constraint, directives); cincludelines.go and
// cgoflags.go the same for C; tagcontext.go whether its tags are set; embedpattern.go
// which files a //go:embed pattern matches; overlay.go what -overlay replaces.
//
// A change. change.go has Change and Detail; classify.go the entry; pathindex.go which
// paths of the graph a reported path stands for; changedfile.go a file of the build;
// leftoutfile.go one that is left out of it; newfile.go a new file in a package's
// directory; newembedmatch.go a new match of an embed pattern; modulefilechange.go go.mod
// and its like; changedsince.go what was written since a build began.
//
// For others. watchdirs.go says what is watched and what is not; why.go is `gorun -why`;
// uncachedfiles.go what the go command does not know as an input;
// listinginputs.go what a recorded start depends on; directivefiles.go the files with
// //go:generate lines; tagslices.go and graphdiff.go what tags bring in and take out;
// graphformats.go the graph as JSON, Graphviz and Mermaid. path.go compares paths, rawpath.go
// restores those that are no UTF-8.
package depgraph
