package hook

import (
	"strconv"

	"github.com/gorun-dev/gorun/internal/environ"
)

// About is what a hook is told, in the variables that README.md lists.
type About struct {
	Reason string
	Phase  string // "" if the hook is of no phase
	Pid    int    // 0 if there is no program
	Status *int   // nil if nothing has ended
}

// Environ returns the environment of a hook that runs in dir: env, and what the hook is
// told. A variable that does not apply is not set, whatever env says of it.
func Environ(env []string, dir, name string, about About) []string {
	env = environ.Set(env, "PWD="+dir)
	variables := map[string]string{"GORUN_HOOK": name, "GORUN_REASON": about.Reason, "GORUN_PHASE": about.Phase}
	if about.Pid != 0 {
		variables["GORUN_PID"] = strconv.Itoa(about.Pid)
	}
	if about.Status != nil {
		variables["GORUN_STATUS"] = strconv.Itoa(*about.Status)
	}
	for name, value := range variables {
		if value == "" {
			delete(variables, name)
		}
	}
	env = environ.Without(env, "GORUN_HOOK", "GORUN_REASON", "GORUN_PHASE", "GORUN_PID", "GORUN_STATUS")
	return environ.Add(env, variables)
}
