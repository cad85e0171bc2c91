//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package procgroup

import "strings"

// roleVariable marks the environment of a keeper, a starter or a detached process,
// and never that of a program. It is there so that an executable that forgets to call [Role] gets an error
// from [Start] in its keeper, instead of starting itself without end.
const roleVariable = "GORUN_ROLE"

// keeperArg begins the one argument of a keeper. It is written for those who
// read ps, and can be neither a flag nor a package.
const keeperArg = "(keeper of "

func keeperArgs(name, program string) []string {
	return []string{name, keeperArg + program + ")"}
}

func isKeeper(args []string) bool {
	return len(args) == 2 && strings.HasPrefix(args[1], keeperArg)
}
