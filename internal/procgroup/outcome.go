package procgroup

import (
	"fmt"
	"syscall"
)

// An Outcome is how a program that ran came to its end. One that could not be
// started has none: see package startfailure.
type Outcome struct {
	Code   int            // exit code, if Signal is 0
	Signal syscall.Signal // the signal that killed it, or 0
	Core   bool           // a core was dumped

	// Lost is set when the end itself was not seen, because the keeper was
	// killed. The program was then killed too, and Signal is SIGKILL.
	Lost bool

	// Alive is set when the program has not ended: it could not be killed, because it
	// belongs to another user (sudo) or hangs in the kernel. Of the rest only Lost can be
	// set then. See Group.Left and Group.Gone.
	Alive bool
}

// ExitStatus is what a shell would show in $?: the exit code, or 128 plus the
// signal's number; 1 for a program that could not be killed.
func (o Outcome) ExitStatus() int {
	if o.Alive {
		return 1
	}
	if o.Signal != 0 {
		return 128 + int(o.Signal)
	}
	return o.Code
}

// Success reports whether the program exited with code 0.
func (o Outcome) Success() bool { return o == Outcome{} }

// String is "exit status 3", "killed by SIGSEGV (core dumped)" and the like.
func (o Outcome) String() string {
	if o.Alive {
		return "could not be killed"
	}
	if o.Signal == 0 {
		return fmt.Sprintf("exit status %d", o.Code)
	}
	s := "killed by " + SignalName(o.Signal)
	if o.Core {
		s += " (core dumped)"
	}
	return s
}

// Ended is what [Become] returns on systems that have no execve: the program
// has run, and this was its outcome.
type Ended struct{ Outcome }

func (e *Ended) Error() string { return "the program has ended: " + e.Outcome.String() }
