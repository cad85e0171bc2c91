//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package procgroup

// Role has nothing to do on this system.
func Role(args []string) (status int, ok bool) { return 0, false }
