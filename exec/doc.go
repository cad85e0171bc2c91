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
// On Linux the program's listening sockets outlive it ([KeepPorts]): connections
// are never refused while one version takes the place of another, and
// [Program.Retire] lets an old version answer what it has accepted. Invariant: a
// kept socket is handed to one running program at a time for each bind, and
// gorun accepts from it only when no program runs.
//
//	keep_linux.go     what is kept, handed over, given up
//	seccomp_linux.go  how a program's bind comes to gorun
//	accept_linux.go   how a program is kept from accepting
//	drain_linux.go    when its open requests are answered
//	late_linux.go     requests that come after that, on connections it has
//	answer_linux.go   what clients hear while it is down
//	dial_linux.go     who has accepted a connection
//
// When to start and stop, and the words on the screen, are left to the loop and
// to the console.
package exec
