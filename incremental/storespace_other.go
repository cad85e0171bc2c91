//go:build !(darwin || freebsd || linux)

package incremental

// space is not implemented here.
func space(string) (bytes uint64, known bool) { return 0, false }
