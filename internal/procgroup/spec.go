package procgroup

import (
	"os"
	"syscall"
	"time"

	"github.com/gorun-dev/gorun/internal/priority"
)

// A Spec says what to start and how it will be stopped.
type Spec struct {
	Path string   // the executable; not looked up in PATH; relative to Dir if it is relative
	Args []string // the whole of argv; empty means just Path
	Env  []string // the whole environment; nil means that of the calling process
	Dir  string   // working directory; "" means that of the calling process

	Stdin, Stdout, Stderr *os.File // passed on as they are; nil means the null device

	Signal syscall.Signal // what a stop begins with; 0 means SIGTERM
	Grace  time.Duration  // from that signal to SIGKILL; 0 means SIGKILL at once

	// LeaveRest leaves alone what still runs when the program ends by itself.
	// Without it that is stopped: signal, grace, SIGKILL. It is meant for the
	// go command, which may leave a git maintenance or telemetry process to
	// finish its work. A stop ends everything either way.
	LeaveRest bool

	// Apart keeps what the terminal sends away from the program: on unix it gets a
	// process group of its own even where Start's caller has a terminal. It must
	// not read that terminal.
	Apart bool

	// Priority is what the program starts with, as far as the system knows it, and
	// what it starts inherits.
	Priority priority.Level

	// Plain starts the program without a keeper, whose start takes some milliseconds.
	// The system sends the program Signal when this process dies (Linux and FreeBSD;
	// elsewhere Plain has no effect). Signals and a stop reach the program alone, and
	// not what it has started. It is in the caller's process group, and none of Apart,
	// Priority, Filter and Listeners may be set.
	Plain bool

	// Filter, on Linux, is a seccomp filter for the program and for what it
	// starts; on other systems it must be nil.
	Filter *Filter

	// Listeners, on unix, are handed to the program as systemd does it
	// (sd_listen_fds(3)): they are its descriptors from 3 on, and LISTEN_PID,
	// LISTEN_FDS and LISTEN_FDNAMES say so in its environment. On other systems
	// there must be none.
	Listeners []Listener

	Debug func(format string, args ...any) // a line per change of state; nil means none
}

// A Listener is a socket for the program.
type Listener struct {
	FD   int    // closed on exec; not an *os.File, whose Fd would change the socket's mode
	Name string // for LISTEN_FDNAMES; without a colon
}

// A Filter is a seccomp filter that hands system calls to user notification
// (seccomp_unotify(2)). Who answers them, and how, is for the caller to know.
type Filter struct {
	Code []byte // classic BPF, as struct sock_filter lies in memory

	// To is a socket for one message: four bytes, the errno with which the
	// kernel refused the filter, big endian, or zero and the notification
	// descriptor. A program whose filter was refused is started without it.
	To *os.File
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
