//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package priority

// StayIdle is not implemented here: it is for a recorder, and nothing is recorded.
func StayIdle() {}
