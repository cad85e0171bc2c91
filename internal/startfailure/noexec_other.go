//go:build !linux

package startfailure

func noexec(string) bool { return false }
