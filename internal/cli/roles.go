package cli

import (
	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/detached"
	"github.com/gorun-dev/gorun/internal/procgroup"
	"github.com/gorun-dev/gorun/internal/self"
	"github.com/gorun-dev/gorun/internal/startcache"
)

// roles are all the parts that gorun plays when it has started itself instead of being
// the command. A process learns of its role from its first argument.
var roles = []struct {
	self.Role        // its name, how it is recognised, and what plays it
	process   string // the command line, as ps shows it
	startedBy string
	does      string
}{
	{
		procgroup.KeeperRole,
		"keeper (keeper of PROGRAM)",
		"procgroup.Start, once for each program, hook and go command",
		"is the parent of that program: starts it, passes signals on, kills all it has left, also when gorun dies",
	},
	{
		procgroup.StarterRole,
		"gorun (starter of PROGRAM) FILE",
		"the keeper of a program that is given listeners",
		"writes its own process ID into LISTEN_PID and becomes the program",
	},
	{
		detached.Role,
		"gorun (detached)",
		"the exec+record role, for a gorun that becomes the program",
		"is nobody's child; waits to hear what it is to become, which is the recorder",
	},
	{
		procgroup.InitRole,
		"gorun ...",
		"a container, as its process 1",
		"starts gorun below itself, passes signals on, waits for every process that loses its parent",
	},
	{
		recorderRole,
		"gorun gorun:record ENTRY GORUN'S-COMMAND-LINE...",
		"a gorun that has built what was not built before",
		"outlives that gorun: builds the same once more and writes the record with which the next start needs no build",
	},
	{
		makerRole,
		"gorun gorun:namedset GORUN'S-COMMAND-LINE...",
		"a gorun that stays, for a program in which a new function has many packages compiled",
		"outlives that gorun: has the go command make the named set at the lowest priority",
	},
	{
		startcache.ExecRole,
		"gorun gorun:exec+record ENTRY EXECUTABLE ARGS...",
		"the go command, as the -exec of go run, where the build is to be recorded",
		"hands the executable over to the store, as the exec role does, and starts the detached process",
	},
	{
		incremental.ExecRole,
		"gorun gorun:exec ENTRY EXECUTABLE ARGS...",
		"the go command, as the -exec of go run",
		"hands the executable over to the store instead of running it",
	},
	{
		incremental.ToolexecRole,
		"gorun gorun:tool OFFER TOOL ARGS...",
		"the go command, as the -toolexec of a verification",
		"answers with an archive that the direct way has compiled where the compiler would make the very same one; " +
			"becomes the tool where it would not",
	},
}

// Role plays one of the roles if the process has one. Main does that first; a test
// binary that stands for gorun must, too.
func Role(args []string) (status int, ok bool) {
	var all []self.Role
	for _, r := range roles {
		all = append(all, r.Role)
	}
	return self.Play(args, all...)
}
