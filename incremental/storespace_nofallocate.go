//go:build !linux

package incremental

// refuses is not implemented here.
func refuses(string, int64) bool { return false }
