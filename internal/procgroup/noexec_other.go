//go:build !linux

package procgroup

func noexec(string) bool { return false }
