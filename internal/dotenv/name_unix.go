//go:build !windows

package dotenv

func sameName(a, b string) bool { return a == b }
