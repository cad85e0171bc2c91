//go:build !windows

package environ

func sameName(a, b string) bool { return a == b }
