package self

import (
	"os"
	"strings"
)

// RoleVariable marks the environment of a process that is started in a marked
// role. A program never has it. It is there so that an executable that forgets to
// call [Play] gets an error where it starts itself, instead of starting itself
// without end.
const RoleVariable = "GORUN_ROLE"

// A Role is a part that gorun plays when it has started itself.
type Role struct {
	Name string

	// Argument is the first argument of a process in this role. It can be neither
	// a flag nor a package. One that ends in a space is only how the argument
	// begins: the name of a program follows, for readers of ps.
	Argument string

	// Marked roles also need [RoleVariable] in the environment, which [Env] sets. The
	// others run in an environment that is somebody else's: the go command's, or
	// that of the user.
	Marked bool

	// Applies replaces the comparison with Argument. It is nil for all but the role
	// that is played for what the process is and not for how it was started.
	Applies func() bool

	// Play plays the role from start to end, given the whole command line, and
	// returns the exit status. It is nil where the system has no use for the role.
	Play func(args []string) (status int)
}

// Play is called first thing in main, with os.Args. If the process has one of the
// roles, Play plays it and returns the exit status with ok; main is then to exit. Of
// several roles that apply the first counts.
func Play(args []string, roles ...Role) (status int, ok bool) {
	for _, r := range roles {
		if r.Play != nil && r.applies(args) {
			return r.Play(args), true
		}
	}
	return 0, false
}

func (r Role) applies(args []string) bool {
	if r.Applies != nil {
		return r.Applies()
	}
	if len(args) < 2 || r.Marked && os.Getenv(RoleVariable) == "" {
		return false
	}
	if strings.HasSuffix(r.Argument, " ") {
		return strings.HasPrefix(args[1], r.Argument)
	}
	return args[1] == r.Argument
}

// Env is the environment of a process in a marked role. Nothing of gorun's own is in
// it: GODEBUG and the like would act on that process. One processor starts faster
// than several: from procgroup.Start to the program's first instruction 2.8 ms
// instead of 6.3 (medians of 12 interleaved rounds of 300, on two busy cores; the
// fastest tenth 2.3 instead of 2.6). A build with -race would by default wait for a
// second at its exit.
func (r Role) Env() []string {
	env := []string{RoleVariable + "=" + r.Name, "GOMAXPROCS=1", "GORACE=atexit_sleep_ms=0"}
	if dir, ok := os.LookupEnv("GOCOVERDIR"); ok {
		env = append(env, "GOCOVERDIR="+dir) // else a build with -cover complains at exit
	}
	return env
}
