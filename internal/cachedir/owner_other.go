//go:build !unix

package cachedir

import "io/fs"

// ownedByUser takes every directory for the user's own: profiles are not shared.
func ownedByUser(fs.FileInfo) bool { return true }
