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
// kept listener is handed to one running program at a time for each bind, and
// gorun accepts from it only when no program runs.
//
// The program and its surroundings:
//
//	program.go               a running program: start, stop, signals, outcome
//	readiness.go             when a program is ready; Retire; Dial
//	output.go                lines that the program prints
//	errorterminal_linux.go   the terminal that a program has whose standard error is read
//	terminalmodes.go         the terminal as it was before the program
//	terminal_*.go            the controlling terminal, on each system
//	duplicate_*.go           a descriptor of gorun's own for a stream
//	listenfds_unix.go        listeners that every version is given (LISTEN_FDS)
//	listening_linux.go       the addresses that a process listens on
//
// Kept ports, on Linux:
//
//	keptports_linux.go       Ports: the listeners that outlive the program
//	privileges_linux.go      whose ports are not kept, because it would lose privileges
//	keptlistener_linux.go    one of them; what two must have in common, what is in conflict
//	portuser_linux.go        one running program that uses them
//	calls_linux.go           the system calls of a program that gorun answers
//	bind_linux.go            bind: new, handed over, refused
//	obstacle_linux.go        bind: an address that the version before is in the way of
//	credentials_linux.go     whether a program may bind a port
//	socketoptions_linux.go   the options of a new version's socket
//	ownconnect_linux.go      connect: a program that asks whether it runs already
//	dropport_linux.go        when a kept port is given up
//	unclaimed_linux.go       the clients of listeners that the new version has not opened
//	portready_linux.go       when a program has its kept ports and accepts
//	lastuse_linux.go         when somebody used a kept port last
//	unavailable_linux.go     the 503 that clients get while no program runs
//
// Browsers on kept ports:
//
//	front.go                 who serves them, and its connections to the program
//	accept_linux.go          accept: whose a connection is
//	arrivals_linux.go        connections that gorun makes to kept ports, and what they stand for
//
// The end of an old version, on Linux:
//
//	stopaccepting_linux.go   how a program is made to accept no more
//	drain_linux.go           when all that it has accepted is answered
//	laterequest_linux.go     requests that come on its connections after that
//	unusedconn_linux.go      connections on which nothing was said yet
//	acceptedby_linux.go      which version has accepted a connection
//
// How gorun comes by a program's descriptors, on Linux:
//
//	probe_linux.go           which way the kernel allows
//	descriptors_linux.go     the descriptor of a socket, by either way
//	ownsockets_linux.go      sockets that gorun makes for the program
//	fetch_linux.go           connections fetched by ptrace
//	seccomp_linux.go         seccomp user notification
//	procfs_linux.go          what /proc and the program's memory say
//	sockdiag_linux.go        the socket that has accepted a connection
//	sockaddr_linux.go        socket addresses
//
// When to start and stop, and the words on the screen, are left to the loop and
// to the console.
package exec
