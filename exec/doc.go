// Package exec runs the program: one process at a time that gets gorun's own
// standard input, output and error, and is stopped together with everything it
// started.
//
// [Start] returns a [Program], a value with a stop that waits: Stop and Kill
// begin, Done says that nothing is left. Package procgroup underneath is the
// only owner of Wait and keeps the promise that nothing outlives gorun; here is
// what belongs to the program as the user sees it: how it ended ([Outcome]),
// why it did not start ([StartError]), the terminal put back into the state it
// had before a program that changed it, and [Become] for -once.
//
// When to start and stop, and the words on the screen, are left to the loop and
// to the console.
package exec
