package procgroup

import (
	"os"
	"syscall"
	"time"
)

// A Spec says what to start and how it will be stopped.
type Spec struct {
	Path string   // the executable; not looked up in PATH; relative to Dir if it is relative
	Args []string // the whole of argv; empty means just Path
	Env  []string // the whole environment; nil means that of the calling process
	Dir  string   // working folder; "" means that of the calling process

	Stdin, Stdout, Stderr *os.File // passed on as they are; nil means the null device

	Signal syscall.Signal // what a stop begins with; 0 means SIGTERM
	Grace  time.Duration  // from that signal to SIGKILL; 0 means SIGKILL at once

	// LeaveRest leaves alone what still runs when the program ends by itself.
	// Without it that is stopped: signal, grace, SIGKILL. It is meant for the
	// go command, which may leave a git maintenance or telemetry process to
	// finish its work. A stop takes everything either way.
	LeaveRest bool

	// Idle starts the program at the lowest priority for processor and disk, as
	// far as the system knows one; what it starts inherits it. It is for work
	// that nobody waits for.
	Idle bool

	Debug func(format string, args ...any) // a line per change of state; nil means none
}

// complete fills in what the zero values stand for.
func (s Spec) complete() Spec {
	if len(s.Args) == 0 {
		s.Args = []string{s.Path}
	}
	if s.Env == nil {
		s.Env = os.Environ()
	}
	if s.Signal == 0 {
		s.Signal = syscall.SIGTERM
	}
	if s.Debug == nil {
		s.Debug = func(string, ...any) {}
	}
	return s
}
