// Package runfiles knows the files that matter to a running program and are not in
// its build: environment files, files that it reads itself (-include), and
// gorun.toml, also where it is not there yet.
//
// The invariant: what Look says was seen is what the next program starts with, or
// what differs from it is said by a later Look. A file that was written with the
// content it had is no change, and an environment file that cannot be read leaves
// its last variables in force.
//
// The principal types are Files, which one goroutine owns, and Glob. What a path is
// to the build is depgraph's; that a change starts the program again is live's.
package runfiles
