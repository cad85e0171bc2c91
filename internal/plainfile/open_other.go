//go:build !unix

package plainfile

import "errors"

// openFlags: here no file that a user names blocks the one who opens it.
const openFlags = 0

var errIsDirectory = errors.New("is a directory")
