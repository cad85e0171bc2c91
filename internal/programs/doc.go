// Package programs runs several live programs under one gorun: [Supervisor] runs a loop of
// package live for each, and says how they stand to each other: which one starts when others
// are ready, which one is started again with another one, and in which order they end.
//
// What one program does its own loop decides, on the machine that it has when it runs alone.
// The supervisor hears of it (live.Deps: State, Event, Reloaded) and speaks to it as a user
// would, by signals and requests. So a program among several behaves as one alone.
//
// The invariants: a program starts for the first time only when all that it needs is ready; it
// is told to end only when nothing that needs it runs; when Run returns, no loop runs. The
// supervisor never waits for a loop, so a loop may wait for the supervisor.
//
//	choice.go       which programs there are to run, and their names
//	roster.go       what is decided: events in, effects out, no I/O
//	supervisor.go   the goroutine that does it; who waits for something
//	link.go         one loop's connection with the supervisor
//	reloadlines.go  one line of what one save has come to in several programs
//	answers.go      what -tell asks of one program, or of all
//	watcher.go      one watcher for all loops
//	loads.go        one load of the graph for all programs with the same flags
//	output.go       what programs print, in whole lines with a name; the lines for -tell logs
//	stdin.go        standard input on its way to the program that reads it
//	terminals_*.go  a terminal for each program, of the size that gorun's has now
//
// The command line of each is cli's and config's; how one is built, started and stopped incremental's and
// exec's.
package programs
