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
// SIGKILL from the kernel when its keeper dies, unless it has changed its user.
// Gorun ends what a keeper that was killed has left, and does the work of one that
// does not answer. What the program has started lives on only when gorun and keeper
// are killed at once; the keeper does not bear gorun's name, so that killing by name is
// no way to do that. Elsewhere on unix a process group and the process table do what
// they can; on Windows a job object does it all and there is no keeper.
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
// A [Spec] that is Plain does without the keeper, and so without most of the
// promise. A program that is given [Listener]s is executed by way of a second
// role, the starter.
//
// The principal types are [Spec], [Group] and [Outcome]. Whoever uses the package
// gives its [Roles] to self.Play first thing in main, and in TestMain of tests.
// Why a program did not start is package startfailure's, a process that outlives
// gorun is package detached's. What a terminal's modes are after a program, how
// one version of a program replaces another, and the words for the user are left
// to the rooms above.
//
// In gorun's process:
//
//	spec.go         what to start and how it will be stopped
//	group.go        a running program: its state, signals, the grace of a stop
//	outcome.go      how a program came to its end
//	survivor*.go    who could not be killed
//	start.go        start by way of a keeper (unix)
//	start_*.go      start by way of a job object (Windows), or of nothing
//	plain.go        start without a keeper
//	become.go       become the program, by execve
//	terminal.go     is there a terminal that gorun and its programs share
//	ownchildren.go  which of this process's children are what
//	sweep_*.go      end what a keeper that was killed has left
//
// The roles:
//
//	roles.go        their names and first arguments
//	wire.go         what gorun and a keeper say to each other
//	keeper.go       the keeper: start, wait, pass signals on, kill
//	family_*.go     all that a program has started: to be signalled, killed, listed
//	below_*.go      the processes that descend from the keeper (not Linux)
//	filepages_*.go  give back what the start has touched
//	signals.go      what the keeper does about its own signals
//	default_*.go    signals that the kernel is to handle by itself
//	filter_*.go     install a seccomp filter in the program
//	starter.go      the starter: LISTEN_PID is the program's own process ID
//	init.go         process 1 of a container
package procgroup
