package gocmd

import (
	"fmt"

	"github.com/gorun-dev/gorun/internal/environ"
)

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

const (
	// compileShare is the part of the memory there is that one compile may fill before it collects
	// garbage: two of them run at once where a twin is compiled, with the program and a link that waits.
	compileShare = 4
	// leastForCompile is what that must be. Compilers of large packages hold 200 MB of what they use.
	leastForCompile = 512 << 20
	// mostForCompile is the most that it is.
	mostForCompile = 2 << 30
)

// TuneCompile returns the environment for a compile that somebody waits for, given that of Tune and how much
// memory is available: garbage is collected only where there is little. Measured with caddy's
// modules/caddyhttp, against 600: 0.88 of the processor time, and 1.18 times the memory, 490 MB.
func TuneCompile(env []string, available int64) []string {
	limit := min(available/compileShare, mostForCompile)
	if environ.Get(env, "GOGC") != gcPercent || limit < leastForCompile {
		return env
	}
	return environ.Set(env, "GOGC=off", fmt.Sprintf("GOMEMLIMIT=%d", limit))
}
