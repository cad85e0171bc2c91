//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package procgroup

// identify says how a process is called, and whose it is, as far as it is known here.
func identify(int) (name, user string) { return "", "another user" }
