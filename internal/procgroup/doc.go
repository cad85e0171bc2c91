// Package procgroup starts a program together with a promise: nothing that the
// program starts, however it detaches itself, outlives a stop, and nothing at
// all outlives the process that called [Start], however that one dies.
//
// On unix the promise is kept by a keeper: a hidden role of gorun's own
// executable that is the parent of exactly one program. It holds one end of a
// socket. Orders come in on it, facts go out; its end of file means that gorun
// is dead, and then the keeper kills what is below it and exits. On Linux and
// FreeBSD the keeper is the reaper of its descendants, so a process that calls
// setsid or forks twice still ends up below it. The program in turn gets
// SIGKILL from the kernel when its keeper dies. Elsewhere on unix a process
// group and a look at the process table do what they can; on Windows a job
// object does it all and there is no keeper.
//
// To the program a keeper is not there: environment, arguments, working
// directory, descriptors, signal mask and dispositions, limits and terminal are
// those that `go run` would have given it.
//
// Invariants: the keeper alone waits for the program and for what it inherits
// from it, so a process ID it acts on is that of an unreaped child or is held
// by a pidfd, never one that was used again. In the calling process one
// goroutine per [Group] owns its state.
//
// A [Spec] that is Plain does without the keeper, and so without most of the promise. A
// [Detached] process and a survivor ([StartSurvivor]) are meant to live on.
//
// A program that is given [Listener]s is executed by way of a second role, the
// starter.
//
// The principal types are [Spec], [Group], [Outcome] and [StartError]. Whoever
// uses the package calls [Role] first thing in main, and in TestMain of tests.
// What a terminal's modes are after a program, how one version of a program
// replaces another, and the words for the user are left to the rooms above.
package procgroup
