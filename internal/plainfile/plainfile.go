// Package plainfile reads the files that a user names, without ever waiting and without bound: a named
// pipe that nobody writes to would block its reader for good, and a link to /dev/zero has no end.
//
// The principal functions are [Read] and, for what is read before anything else depends on it, [ReadOnce].
// What is in a file is its caller's business.
package plainfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// Limit is how large a file of settings, of variables or of a module may be: a hundred times what people
// and tools write.
const Limit = 16 << 20

// ErrNotPlain says that a path is no regular file.
var ErrNotPlain = errors.New("not a regular file")

// Read returns the content of a regular file of at most [Limit] bytes. Errors are [fs.PathError]s; that of
// anything else than a regular file is [ErrNotPlain], in words that say what it is.
func Read(path string) ([]byte, error) {
	// A pipe or a device that takes the file's place after this look does not block either: openFlags has
	// its open return at once, and the look at what was opened refuses it.
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if err := check(path, info); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return nil, err
	}
	if err := check(path, info); err != nil {
		return nil, err
	}
	return readAll(f, path)
}

// ReadOnce is Read for a path that may be no regular file: a pipe, a terminal, a device. It waits for the
// end of it, and what was read may be gone then.
func ReadOnce(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(f, path)
}

// Kind says what is at a path that can be read only once: "a pipe", for one. It is "" for a regular file, a
// directory, and where there is nothing.
func Kind(path string) string {
	info, err := os.Stat(path)
	if err != nil || info.IsDir() || info.Mode().IsRegular() {
		return ""
	}
	return kind(info.Mode())
}

// readAll reads what was opened: a file may grow while it is read.
func readAll(f *os.File, path string) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(f, Limit+1))
	if err != nil {
		return nil, err
	}
	if len(data) > Limit {
		return nil, tooLarge(path)
	}
	return data, nil
}

func check(path string, info fs.FileInfo) error {
	switch {
	case info.IsDir():
		// In the words of the system, as from os.ReadFile.
		return &fs.PathError{Op: "read", Path: path, Err: errIsDirectory}
	case !info.Mode().IsRegular():
		return &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("%s, %w", kind(info.Mode()), ErrNotPlain)}
	case info.Size() > Limit:
		return tooLarge(path)
	}
	return nil
}

func tooLarge(path string) error {
	return &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("larger than %d MiB", Limit>>20)}
}

// kind says what a path is that is no regular file.
func kind(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "something else"
}
