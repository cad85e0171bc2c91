// Package extcmd is what the loop runs for an external command, a program of -programs that is no Go
// program: nothing is built, and its run files alone start it again.
//
//	build.go      the build of a command, which is over at once, and its graph, which is empty
//	ownwrites.go  the run files that the command writes itself, which must not start it again
package extcmd
