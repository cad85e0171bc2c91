//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package fdpass

import "os"

// namelessFile opens an empty temporary file.
func namelessFile() (fd int, err error) { return removedFile(os.TempDir()) }
