//go:build !unix

package privatedir

import "io/fs"

// Profiles are not shared here, and their rights are no mode.

func trusted(fs.FileInfo) bool { return true }

func writableByOthers(fs.FileMode) bool { return false }
