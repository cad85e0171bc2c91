//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package procgroup

// No role is played on this system: self.Play passes over a role without a function.
var runKeeper, runStarter, runInit func(args []string) int
