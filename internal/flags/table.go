package flags

import (
	"errors"
	"flag"
	"net"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/internal/config"
	"github.com/gorun-dev/gorun/internal/event"
	"github.com/gorun-dev/gorun/internal/live"
	"github.com/gorun-dev/gorun/internal/ossignal"
	"github.com/gorun-dev/gorun/internal/runfiles"
	"github.com/gorun-dev/gorun/tagexpr"
)

// A Flag is one of gorun's own flags. What is printed by -h and in README.md, and
// which key of gorun.toml it is, comes from here.
type Flag struct {
	Name  string
	Arg   string     // what its value is called; "" if the bare flag says all
	Value flag.Value // of the variable in Flags
	unset string     // what holds by default, if the value itself does not say it
	group group
	toml  config.Type  // what its key takes
	path  config.Path  // what of its value is a path
	valid func() error // says what is wrong with the value; nil if Set says it
	Help  string       // for README.md, whose code quotes -h leaves out
	More  string       // the page that says the rest, relative to internal/cli
}

// A group is what some flags have in common.
type group int

const (
	notKey    group = 1 << iota // no key of gorun.toml: asks for something else than a run, or chooses from the file
	inHooks                     // its key stands in [hooks]
	liveOnly                    // means nothing with -once: gorun.toml may have it all the same
	needsLive                   // gorun stays beside the program for it, also with CI=true
	ofAll                       // is about gorun as a whole: no key of a program in gorun.toml
	ofPackage                   // is about a Go program: no key of a command in gorun.toml
)

// check says what is wrong with the flag's value.
func (o Flag) check() error {
	if o.valid == nil {
		return nil
	}
	return o.valid()
}

// Table lists gorun's flags, with the variables that they set. None of them may have a
// name that `go help build` or `go help run` lists; goflags.Split panics on one.
func (f *Flags) Table() []Flag {
	return []Flag{
		{Name: "watch", Value: boolean(&f.Watch), toml: config.Bool,
			group: ofAll,
			Help:  "live, staying from the start, whatever becomes of the first build or the program"},
		{Name: "once", Value: boolean(&f.Once), toml: config.Bool,
			group: ofAll,
			Help:  "build, then become the program"},
		{Name: "grace", Arg: "D", Value: duration(&f.Grace), toml: config.Duration,
			valid: notNegative(&f.Grace),
			Help:  "how long a program that is to stop may take before it, and everything it started, is killed"},
		{Name: "signal", Arg: "S", Value: ossignal.Stop(&f.Signal),
			Help: "what tells the program to stop: TERM, INT, HUP, QUIT, USR1, USR2, KILL or a number"},
		{Name: "swap", Arg: "S", Value: choice(&f.Swap, Replace, Overlap),
			group: ofPackage,
			Help: "`replace`: stop the old version, then start the new one; " +
				"`overlap`: start the new one, stop the old one when that is ready"},
		{Name: "keep", Value: givenBoolean(&f.Keep, &f.KeepGiven), toml: config.Bool,
			group: ofPackage,
			Help: "keep the program's TCP ports open from one version to the next (Linux); " +
				"`-keep=false` does without"},
		{Name: "listen", Arg: "A", Value: list(&f.Listen, addresses), toml: config.Repeated,
			Help: "listen at TCP address A (`:8080`; several with commas or by repeating) from before the first " +
				"start to gorun's end, and hand the sockets to every version by `LISTEN_FDS`"},
		{Name: "browser", Value: &f.Browser, toml: config.Bool, group: liveOnly | needsLive | ofPackage,
			Help: "on the program's own port (Linux), have pages load again when a new version is ready, and show " +
				"what is wrong; `-browser=:3000`: on a second port",
			More: "../front/README.md"},
		{Name: "watcher", Arg: "W", Value: choice(&f.Watcher, "auto", "fsnotify", "notify", "poll"),
			group: ofAll,
			Help: "how saves are noticed: `fsnotify`, `notify` or `poll`; auto polls on network file systems " +
				"and at the kernel's limits"},
		{Name: "poll", Arg: "D", Value: duration(&f.Poll), toml: config.Duration,
			valid: positive(&f.Poll),
			group: ofAll,
			Help: "how often the files of polled directories are compared: of all with `-watcher=poll`, otherwise of " +
				"those on network file systems and beyond the kernel's limits"},
		{Name: "engine", Arg: "E", Value: choice(&f.Engine, "auto", "exact", "go"),
			group: ofPackage,
			Help: "how a rebuild is made: `exact` takes no short cut that leaves line numbers for later, " +
				"and no named references; `go` takes none at all"},
		{Name: "link-ahead", Arg: "W", Value: choice(&f.LinkAhead, LinkAheadAuto, LinkAheadOff), group: liveOnly | ofPackage,
			Help: "do half of the next link before the save (Linux); `off` saves the memory of that",
			More: "../../incremental/ahead/README.md"},
		{Name: "generate", Value: boolean(&f.Generate), toml: config.Bool, group: liveOnly | ofPackage,
			Help: "run `//go:generate` directives again when what they are made from changes, before the build",
			More: "../generate/README.md"},

		{Name: live.BeforeBuild, Arg: "COMMAND", Value: f.hook(live.BeforeBuild), toml: config.Command, group: inHooks | ofPackage,
			Help: "a command to run before each build; if it fails there is none",
			More: "../hook/README.md"},
		{Name: live.BeforeStart, Arg: "COMMAND", Value: f.hook(live.BeforeStart), toml: config.Command, group: inHooks,
			Help: "a command to run before the program starts; if it fails it does not"},
		{Name: live.AfterReady, Arg: "COMMAND", Value: f.hook(live.AfterReady), toml: config.Command,
			group: inHooks | liveOnly | needsLive,
			Help:  "a command to run when the program is ready"},
		{Name: live.AfterStop, Arg: "COMMAND", Value: f.hook(live.AfterStop), toml: config.Command,
			group: inHooks | liveOnly | needsLive,
			Help:  "a command to run when the program has ended, however it did"},
		{Name: live.OnFail, Arg: "COMMAND", Value: f.hook(live.OnFail), toml: config.Command, group: inHooks,
			Help: "a command to run when a build, a hook, a start or the program has failed"},
		{Name: "hook-timeout", Arg: "D", Value: duration(&f.HookTimeout), toml: config.Duration,
			group: inHooks, valid: positive(&f.HookTimeout),
			Help: "how long one of them may take before it, and everything it started, is killed"},
		{Name: "ready", Arg: "P", Value: &f.Ready, group: liveOnly | needsLive,
			Help: "what says that the program is ready: `http://…`, `https://…`, `tcp:ADDRESS` or `log:REGEXP`",
			More: "../hook/README.md#ready"},
		{Name: "ready-timeout", Arg: "D", Value: duration(&f.ReadyTimeout), toml: config.Duration,
			valid: positive(&f.ReadyTimeout),
			Help:  "how long that may take"},
		{Name: "restart", Arg: "R", Value: choice(&f.Restart, Never, OnFailure), group: liveOnly | needsLive,
			Help: "`on-failure`: start a program that fails by itself again, after 100 ms, then 200 ms, and so on"},
		{Name: "max-restarts", Arg: "N", Value: integer(&f.MaxRestarts), toml: config.Integer,
			valid: func() error { return refuse(f.MaxRestarts < 0, "cannot be negative") },
			Help: "how often in a row; then gorun ends with the program's status. A save, or a minute without " +
				"a failure, begins the count anew"},

		{Name: "profile", Arg: "NAME", Value: anyText(&f.Profile), unset: "the first", group: notKey,
			Help: "the profile of gorun.toml to use", More: "../config/README.md"},
		{Name: "programs", Arg: "NAMES", Value: &f.Programs, group: notKey | needsLive,
			Help: "run all programs of gorun.toml, or `-programs=api,worker` and what these need; " +
				"`-programs ./cmd/...` where it has none",
			More: "../programs/README.md"},
		{Name: "env", Arg: "FILE", Value: list(&f.Env, one(nil)), toml: config.Repeated,
			path: config.FilePath,
			Help: "variables for the program, in dotenv syntax; may be repeated, a later file wins. What is set " +
				"outside is never overridden, nor does a GO variable of the file reach the build. " +
				"A change restarts without a build"},
		{Name: "include", Arg: "GLOB", Value: list(&f.Include, one(runfiles.CheckGlob)),
			toml: config.Repeated, path: config.GlobPath,
			Help: "files that the program reads itself: a change restarts without a build; may be repeated"},
		{Name: "exclude", Arg: "GLOB", Value: list(&f.Exclude, one(runfiles.CheckGlob)),
			toml: config.Repeated, path: config.GlobPath,
			Help: "files whose change is not acted on; the next build has it in it all the same; may be repeated"},

		{Name: "slices", Value: form(&f.Slices, "table", "json"), group: notKey,
			Help: "print what each build tag of the program's files brings in and takes out, and exit; `-slices=json`",
			More: "../../depgraph/README.md"},
		{Name: "graph", Arg: "F", Value: choice(&f.Graph, "json", "dot", "mermaid"), group: notKey,
			Help: "print packages and imports as `json`, `dot` or `mermaid`, and exit"},
		{Name: "against", Arg: "TAGS", Value: setter(f.Against.set), group: notKey,
			Help: "print what other tags would change, executable sizes included, and exit; " +
				"`-graph=json` makes it JSON"},

		{Name: "debug", Value: &f.Debug, toml: config.Bool,
			group: ofPackage,
			Help: "build for a debugger (`-N -l`, DWARF), and swap only when `-tell restart` asks for it; " +
				"`-debug=:2345`: run the program under `dlv`, listening there"},
		{Name: "events", Arg: "TO", Value: text(&f.Events, event.CheckTarget), path: config.WordPath,
			group: liveOnly | needsLive | ofAll,
			Help: "write what happens, one JSON object a line, to a file, begun anew, or to `fd:N`, a descriptor " +
				"that gorun is started with",
			More: "../event/README.md#events"},
		{Name: "quiet", Value: boolean(&f.Quiet), toml: config.Bool,
			group: ofAll,
			Help:  "print errors only"},
		{Name: "bell", Value: boolean(&f.Bell), toml: config.Bool,
			group: ofAll,
			Help:  "ring the terminal's bell when something fails, and when it is right again"},
		{Name: "tell", Arg: "WHAT", Value: &f.Tell, group: notKey,
			Help: "ask the gorun that runs in this project, and wait for the outcome: " +
				"`restart`, `rebuild`, `stop`, `status`, `status=json`, `profile=NAME`; of several programs " +
				"`restart=NAME`, `stop=NAME`, `start=NAME`, `logs=NAME`",
			More: "../event/README.md"},

		{Name: "new", Arg: "MODULE", Value: text(&f.New, notEmpty), group: notKey,
			Help: "write a new project, ready to run, into a directory of the module's name, or into DIR " +
				"(`gorun -new example.com/shop DIR`), and exit",
			More: "../scaffold/README.md"},
		{Name: "why", Arg: "FILE", Value: anyText(&f.Why), group: notKey,
			Help: "say whether FILE is in the build, and why; then exit, with status 1 if it is not"},
		{Name: "init", Value: boolean(&f.Init), group: notKey,
			Help: "write a `gorun.toml` from what starts the project's programs so far (main packages, `.air.toml`, " +
				"`Procfile`, `modd.conf`, `reflex.conf`, Makefile), say what could not be taken over, and exit",
			More: "../initconfig/README.md"},
		{Name: "clean", Value: boolean(&f.Clean), group: notKey,
			Help: "remove the executables that were kept from earlier starts, and exit"},
		{Name: "version", Value: boolean(&f.Version), group: notKey,
			Help: "print gorun's version, and exit"},
		{Name: "h", Value: boolean(&f.Help), group: notKey,
			Help: "print this table, and exit"},
	}
}

func (f *Flags) hook(name string) flag.Value { return words(f.Hooks[name]) }

// set reads the tags of -against.
func (a *AgainstTags) set(s string) error {
	tags, err := tagexpr.ParseTags(s)
	if err == nil {
		*a = AgainstTags{Given: true, Tags: tags}
	}
	return err
}

// addresses splits a value of -listen.
func addresses(s string) ([]string, error) {
	list := strings.Split(s, ",")
	for _, address := range list {
		if _, _, err := net.SplitHostPort(address); err != nil {
			return nil, errors.New("must be host:port or :port")
		}
	}
	return list, nil
}

func notNegative(d *time.Duration) func() error {
	return func() error { return refuse(*d < 0, "a time cannot be negative") }
}

func positive(d *time.Duration) func() error {
	return func() error { return refuse(*d <= 0, "must be more than zero") }
}

func refuse(wrong bool, why string) error {
	if wrong {
		return errors.New(why)
	}
	return nil
}
