package flags

import (
	"syscall"
	"time"

	"github.com/gorun-dev/gorun/internal/live"
	"github.com/gorun-dev/gorun/internal/watch"
)

// The words of -swap.
const (
	Replace = "replace"
	Overlap = "overlap"
)

// The words of -link-ahead.
const (
	LinkAheadAuto = "auto"
	LinkAheadOff  = "off"
)

// The words of -restart.
const (
	Never     = "never"
	OnFailure = "on-failure"
)

// The defaults that are a matter of measure.
const (
	// defaultGrace is what Kubernetes' 30 s and Docker's 10 s do on servers, cut to what
	// somebody who has just saved a file will wait.
	defaultGrace = 3 * time.Second

	// defaultHookTimeout is as long as containers or a database take to come up, or a
	// slow generator to end, and short enough for somebody who waits for gorun to end.
	defaultHookTimeout = time.Minute

	// defaultReadyTimeout is what a program that migrates its database first, or waits
	// for one, may take; a person who waits longer wants to know why.
	defaultReadyTimeout = 30 * time.Second

	// defaultMaxRestarts tells a program that fails now and then from one that cannot run.
	defaultMaxRestarts = 3
)

// Default returns the flags of a command line that has none.
func Default() Flags {
	return Flags{
		Grace:   defaultGrace,
		Signal:  syscall.SIGTERM,
		Swap:    Replace,
		Keep:    true,
		Watcher: "auto",
		Poll:    watch.DefaultInterval,
		Engine:  "auto",

		LinkAhead: LinkAheadAuto,
		Hooks: HookCommands{
			live.BeforeBuild: new([]string),
			live.BeforeStart: new([]string),
			live.AfterReady:  new([]string),
			live.AfterStop:   new([]string),
			live.OnFail:      new([]string),
		},
		HookTimeout:  defaultHookTimeout,
		ReadyTimeout: defaultReadyTimeout,
		Restart:      Never,
		MaxRestarts:  defaultMaxRestarts,
	}
}
