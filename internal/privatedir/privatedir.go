package privatedir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// An Error says why a directory, or a file in one, is not private.
type Error struct {
	Path string
	Why  string
}

func (e *Error) Error() string { return fmt.Sprintf("%q %s", e.Path, e.Why) }

// Make makes root/below, a directory, with the directories above it where they do not
// exist, for this user alone. The error is an [*Error] if the root or a directory below it
// is not private; then nothing is made in it.
func Make(root, below string) error {
	if err := os.MkdirAll(root, 0o700); err != nil {
		return err
	}
	for _, path := range levels(root, below) {
		if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		if err := check(path); err != nil {
			return err
		}
		if info, err := os.Lstat(path); err != nil {
			return err
		} else if !info.IsDir() {
			return &fs.PathError{Op: "mkdir", Path: path, Err: fs.ErrExist}
		}
	}
	return nil
}

// Check reports why the root, or a directory or a file on the way to root/below, is not
// private. A path that is not there is an error, too, but not an [*Error].
func Check(root, below string) error {
	for _, path := range levels(root, below) {
		if err := check(path); err != nil {
			return err
		}
	}
	return nil
}

// levels are the root and every path from there down to root/below.
func levels(root, below string) []string {
	paths := []string{filepath.Clean(root)}
	for name := range strings.SplitSeq(filepath.ToSlash(below), "/") {
		if name != "" {
			paths = append(paths, filepath.Join(paths[len(paths)-1], name))
		}
	}
	return paths
}

func check(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	switch mode := info.Mode(); {
	case mode.Type() == fs.ModeSymlink:
		return &Error{path, "is a link"}
	case !mode.IsDir() && !mode.IsRegular():
		return &Error{path, "is neither a directory nor a file"}
	case !trusted(info):
		return &Error{path, "belongs to another user"}
	case mode.IsDir() && writableByOthers(mode):
		return &Error{path, "can be written by other users"}
	}
	return nil
}
