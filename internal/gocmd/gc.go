package gocmd

import "github.com/gorun-dev/gorun/internal/environ"

// gcPercent is how far the heaps of the go command and its tools may grow before
// they collect garbage, which all of them end too soon to profit from. Measured on
// Go 1.26.8, 2 cores, against the runtime's 100: `go run` of an unchanged hello
// world takes 0.81 of the time, as it collects nothing at all, and of caddy 0.85,
// `go build` after an edit in the middle of caddy's graph 0.89; the largest process
// of that holds 1.06 times the memory, of a build of net/http 1.30 times. With 400 it
// is 0.88, 0.85 and 0.95; 800 saves no more time, and costs 1.6 times the memory.
const gcPercent = "600"

// Tune returns the environment for a go command that builds or lists, whose
// results do not depend on it. A user who has limited the memory of Go programs
// is obeyed. It must not reach a program or a generator.
func Tune(env []string) []string {
	if _, limited := environ.Lookup(env, "GOMEMLIMIT"); limited {
		return env
	}
	return environ.Add(env, map[string]string{"GOGC": gcPercent})
}
