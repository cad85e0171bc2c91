// Package runfiles knows the files that matter to a running program and are not in
// its build: environment files, files that it reads itself (-include), and
// gorun.toml, also where it is not there yet.
//
// The invariant: the next program starts with the contents that Look has compared, or a
// later Look returns a change for what differs. A file that was written with the content
// it had is no change. An environment file that cannot be read leaves its last variables
// in force.
//
// The principal types are Files, which one goroutine owns, and Glob. What a path is
// to the build is depgraph's; that a change starts the program again is live's.
//
// The files: files.go has Files and what a save means; envfiles.go the files of -env,
// includedfiles.go those of -include and -exclude, glob.go their patterns, watchdirs.go the
// directories where a change of them shows.
package runfiles
