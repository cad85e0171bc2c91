//go:build !linux

package startfailure

// NoExec is not implemented here.
func NoExec(string) bool { return false }
