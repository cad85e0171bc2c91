package procgroup

import (
	"os"

	"github.com/gorun-dev/gorun/internal/self"
)

// The roles in which gorun starts itself for this package. Whoever uses the package
// gives them to [self.Play] first thing in main, and in TestMain of tests.
var (
	// KeeperRole is the parent of one program.
	KeeperRole = self.Role{Name: "keeper", Argument: "(keeper of ", Marked: true, Play: runKeeper}

	// StarterRole becomes a program that is given listeners.
	StarterRole = self.Role{Name: "starter", Argument: "(starter of ", Marked: true, Play: runStarter}

	// InitRole is process 1 of a container.
	InitRole = self.Role{Name: "init", Applies: func() bool { return os.Getpid() == 1 }, Play: runInit}

	Roles = []self.Role{KeeperRole, StarterRole, InitRole}
)
