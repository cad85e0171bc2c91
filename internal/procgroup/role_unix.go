//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package procgroup

import "os"

// Role is called first thing in main, with os.Args. If the process has been
// started as a keeper, a starter or a detached process, or is process 1 of a
// container, Role does what there is to do and returns the exit status with ok; main
// is then to exit.
func Role(args []string) (status int, ok bool) {
	switch {
	case isKeeper(args) && os.Getenv(roleVariable) != "":
		return keep(args[0]), true
	case isStarter(args) && os.Getenv(roleVariable) != "":
		return startProgram(args), true
	case isDetached(args) && os.Getenv(roleVariable) != "":
		return becomeDetached(), true
	case os.Getpid() == 1:
		return initProcess(args), true
	}
	return 0, false
}
