package cli

import (
	"errors"
	"flag"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/gorun-dev/gorun/internal/live"
	"github.com/gorun-dev/gorun/internal/ready"
	"github.com/gorun-dev/gorun/internal/runfiles"
	"github.com/gorun-dev/gorun/internal/watch"
)

// flags are gorun's own, in the order of the README's table. None of them may
// have a name that `go help build` or `go help run` lists; a test holds that.
type flags struct {
	watch    bool
	once     bool
	grace    time.Duration
	signal   stopSignal
	swap     choice
	keep     keepFlag
	listen   addresses
	watcher  choice
	poll     time.Duration
	engine   choice
	generate bool
	profile  string
	slices   formatFlag
	graph    choice
	against  againstFlag
	env      repeated
	include  globs
	exclude  globs

	hooks        hookFlags
	hookTimeout  time.Duration
	ready        readyFlag
	readyTimeout time.Duration
	restart      choice
	maxRestarts  int

	debug  debugFlag
	events eventsFlag
	quiet  bool
	bell   bool
	tell   tellFlag

	why     string
	clean   bool
	version bool
	help    bool
}

// defaultGrace is what Kubernetes' 30 s and Docker's 10 s do on servers, cut to
// what somebody who has just saved a file will wait.
const defaultGrace = 3 * time.Second

// defaultReadyTimeout is what a program that migrates its database first, or waits
// for one, may take; a person who waits longer wants to know why.
const defaultReadyTimeout = 30 * time.Second

// register declares the flags on a flag set and sets their defaults.
func (f *flags) register(fs *flag.FlagSet) {
	fs.BoolVar(&f.watch, "watch", false, "stay from the start, whatever becomes of the first build or the program")
	fs.BoolVar(&f.once, "once", false, "build, then become the program, as `go run` does but for the process in between")
	fs.DurationVar(&f.grace, "grace", defaultGrace, "how long a program that is to stop may take before it is killed")
	f.signal = stopSignal(syscall.SIGTERM)
	fs.Var(&f.signal, "signal", "the `signal` that tells the program to stop: TERM, INT, HUP, QUIT, USR1, USR2 or a number")
	f.swap = choice{value: "replace", of: []string{"replace", "overlap"}}
	fs.Var(&f.swap, "swap", "`replace`: stop the old program, then start the new one; overlap: start the new one, stop the old one when that is ready")
	f.keep = keepFlag{on: true}
	fs.Var(&f.keep, "keep", "keep the program's TCP ports open from one version to the next, where the system can (Linux)")
	fs.Var(&f.listen, "listen", "listen at TCP `address`es from before the program's start to gorun's end, and hand the sockets to each version (LISTEN_FDS)")
	f.watcher = choice{value: "auto", of: []string{"auto", "fsnotify", "notify", "poll"}}
	fs.Var(&f.watcher, "watcher", "how saves are noticed: `auto`, fsnotify, notify or poll")
	fs.DurationVar(&f.poll, "poll", watch.DefaultInterval, "how often -watcher=poll looks")
	f.engine = choice{value: "auto", of: []string{"auto", "exact", "go"}}
	fs.Var(&f.engine, "engine", "how a rebuild is made: `auto`, exact (line numbers right at once) or go (by the go command alone)")
	fs.StringVar(&f.profile, "profile", "", "the profile of gorun.toml to use, by `name`; the first one by default")
	fs.Var(&f.slices, "slices", "print what each build tag brings into the program and takes out, and exit; -slices=json for programs")
	f.graph = choice{of: []string{"json", "dot", "mermaid"}}
	fs.Var(&f.graph, "graph", "print the packages and their imports as `format` json, dot or mermaid, and exit")
	fs.Var(&f.against, "against", "print what building with other `tags` would change, executable sizes included, and exit")
	fs.Var(&f.env, "env", "a `file` of variables for the program, which override none that is set; may be repeated")
	fs.Var(&f.include, "include", "a `pattern` for files that the program reads itself: it starts again when one changes; may be repeated")
	fs.Var(&f.exclude, "exclude", "a `pattern` for files whose change is not acted on; may be repeated")
	fs.BoolVar(&f.generate, "generate", false, "run //go:generate directives again when what they are made from changes, before the build")
	f.hooks = hookFlags{}
	for _, h := range []struct{ name, usage string }{
		{live.BeforeBuild, "a `command` to run before each build; if it fails there is none"},
		{live.BeforeStart, "a `command` to run before the program starts; if it fails it does not"},
		{live.AfterReady, "a `command` to run when the program is ready"},
		{live.AfterStop, "a `command` to run when the program has ended, however it did"},
		{live.OnFail, "a `command` to run when a build, a hook, a start or the program has failed"},
	} {
		f.hooks[h.name] = new(hookFlag)
		fs.Var(f.hooks[h.name], h.name, h.usage)
	}
	fs.DurationVar(&f.hookTimeout, "hook-timeout", defaultHookTimeout, "how long a hook may take before it is killed")
	fs.Var(&f.ready, "ready", "`what` says that the program is ready: http://…, https://…, tcp:ADDRESS or log:REGEXP")
	fs.DurationVar(&f.readyTimeout, "ready-timeout", defaultReadyTimeout, "how long the program may take to be ready")
	f.restart = choice{value: "never", of: []string{"never", "on-failure"}}
	fs.Var(&f.restart, "restart", "what to do when the program fails by itself: `never` or on-failure start it again")
	fs.IntVar(&f.maxRestarts, "max-restarts", 3, "how often -restart starts the program again before gorun ends with its status")
	fs.Var(&f.debug, "debug", "build for a debugger, and leave swapping to -tell restart; with an `address` such as :2345, run the program under dlv, which listens there")
	fs.Var(&f.events, "events", "write what happens, one JSON object a line, to a `file` or to fd:N, a descriptor that gorun is started with")
	fs.BoolVar(&f.quiet, "quiet", false, "print errors only")
	fs.BoolVar(&f.bell, "bell", false, "ring the terminal's bell when something fails, and when it is right again")
	fs.Var(&f.tell, "tell", "ask the gorun that runs in this project to restart, rebuild, stop, for its status or status=json, or to change to profile=`NAME`, and wait for the outcome")
	fs.StringVar(&f.why, "why", "", "say whether `file` is in the build, and why; then exit, with status 1 if it is not")
	fs.BoolVar(&f.clean, "clean", false, "remove the executables that were kept from earlier starts, and exit")
	fs.BoolVar(&f.version, "version", false, "print gorun's version and exit")
	fs.BoolVar(&f.help, "h", false, "print this help and exit")
}

// check says what does not fit together.
func (f *flags) check() error {
	switch {
	case f.once && f.watch:
		return fmt.Errorf("-once and -watch exclude each other")
	case f.once && f.generate:
		return fmt.Errorf("-once and -generate exclude each other: nothing is saved while gorun builds once")
	case f.once && f.forLive() != "":
		return fmt.Errorf("-%s needs gorun beside the program; with -once it becomes the program", f.forLive())
	case f.hookTimeout <= 0:
		return fmt.Errorf("invalid value %q for flag -hook-timeout: must be more than zero", f.hookTimeout)
	case f.readyTimeout <= 0:
		return fmt.Errorf("invalid value %q for flag -ready-timeout: must be more than zero", f.readyTimeout)
	case f.maxRestarts < 0:
		return fmt.Errorf("invalid value %q for flag -max-restarts: cannot be negative", fmt.Sprint(f.maxRestarts))
	case f.debug.address != "" && f.swap.value == "overlap":
		return fmt.Errorf("-debug=%s and -swap=overlap exclude each other: one dlv can listen there", f.debug.address)
	case f.grace < 0:
		return fmt.Errorf("invalid value %q for flag -grace: a time cannot be negative", f.grace)
	case f.poll <= 0:
		return fmt.Errorf("invalid value %q for flag -poll: must be more than zero", f.poll)
	}
	return nil
}

// forLive returns the name of a flag that means nothing where gorun becomes the
// program, "" if none is given.
func (f *flags) forLive() string {
	for _, name := range []string{live.AfterReady, live.AfterStop} {
		if f.hooks.any(name) {
			return name
		}
	}
	switch {
	case f.ready.probe != nil:
		return "ready"
	case f.restart.value != "never":
		return "restart"
	case f.events.to != "":
		return "events"
	}
	return ""
}

// A readyFlag is what says that a program is ready. An empty one is none.
type readyFlag struct {
	text  string
	probe *ready.Probe
}

func (r *readyFlag) String() string { return r.text }

func (r *readyFlag) Set(s string) (err error) {
	r.text, r.probe = s, nil
	if s != "" {
		r.probe, err = ready.Parse(s)
	}
	return err
}

// A choice is a flag that takes one of a few words.
type choice struct {
	value string
	of    []string
}

func (c *choice) String() string { return c.value }

func (c *choice) Set(s string) error {
	if !slices.Contains(c.of, s) {
		return fmt.Errorf("must be one of %s", strings.Join(c.of, ", "))
	}
	c.value = s
	return nil
}

// repeated is a flag that may be given several times.
type repeated []string

func (r *repeated) String() string { return strings.Join(*r, " ") }

func (r *repeated) Repeated() bool { return true }

func (r *repeated) Set(s string) error {
	if s == "" {
		return errors.New("must not be empty")
	}
	*r = append(*r, s)
	return nil
}

// globs is repeated for patterns.
type globs struct{ repeated }

func (g *globs) Set(s string) error {
	if err := runfiles.CheckGlob(s); err != nil {
		return err
	}
	return g.repeated.Set(s)
}

// A keepFlag is a boolean flag that knows whether it was given: then the user is
// told why ports cannot be kept, else that is only worth a line of GORUNDEBUG.
type keepFlag struct{ on, given bool }

func (k *keepFlag) String() string { return strconv.FormatBool(k.on) }

func (k *keepFlag) IsBoolFlag() bool { return true }

func (k *keepFlag) Set(s string) error {
	on, err := strconv.ParseBool(s)
	if err != nil {
		return errors.New("must be true or false")
	}
	k.on, k.given = on, true
	return nil
}

// An addresses flag may be given several times, each with several of them
// between commas.
type addresses []string

func (a *addresses) String() string { return strings.Join(*a, ",") }

// Repeated says that in gorun.toml it may be a list.
func (a *addresses) Repeated() bool { return true }

func (a *addresses) Set(s string) error {
	for address := range strings.SplitSeq(s, ",") {
		if _, _, err := net.SplitHostPort(address); err != nil {
			return errors.New("must be host:port or :port")
		}
		*a = append(*a, address)
	}
	return nil
}

// A stopSignal is a signal by name, with or without SIG, or by number.
type stopSignal syscall.Signal

func (s *stopSignal) String() string {
	for name, sig := range signalNames {
		if sig == syscall.Signal(*s) {
			return name
		}
	}
	return fmt.Sprint(int(*s))
}

func (s *stopSignal) Set(text string) error {
	name := strings.TrimPrefix(strings.ToUpper(text), "SIG")
	if sig, ok := signalNames[name]; ok {
		*s = stopSignal(sig)
		return nil
	}
	for _, sig := range signalNames {
		if text == fmt.Sprint(int(sig)) {
			*s = stopSignal(sig)
			return nil
		}
	}
	names := make([]string, 0, len(signalNames))
	for name := range signalNames {
		names = append(names, name)
	}
	slices.Sort(names)
	return fmt.Errorf("must be one of %s", strings.Join(names, ", "))
}
