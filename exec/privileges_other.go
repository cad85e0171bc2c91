//go:build !linux || !(amd64 || arm64)

package exec

// GainsPrivileges is about kept ports, which there are none of here.
func GainsPrivileges(path, dir string) (how string) { return "" }
