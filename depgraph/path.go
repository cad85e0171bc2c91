package depgraph

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"
)

// under reports whether path is root or below it. Both are clean and absolute.
func under(root, path string) bool {
	rest, ok := strings.CutPrefix(path, root)
	return ok && root != "" && (rest == "" || rest[0] == filepath.Separator || os.IsPathSeparator(root[len(root)-1]))
}

// ancestors yields dir, its parent, and so on up to the root of the file system.
func ancestors(dir string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for yield(dir) {
			parent := filepath.Dir(dir)
			if parent == dir {
				return
			}
			dir = parent
		}
	}
}

// spellings is a directory as it is spelled and, if that differs, with its links resolved.
func spellings(dir string) []string {
	if dir == "" {
		return nil
	}
	dir = filepath.Clean(dir)
	if real, err := filepath.EvalSymlinks(dir); err == nil && real != dir {
		return []string{dir, real}
	}
	return []string{dir}
}

// quoted is a path in words: in quotes if it holds what would not print as it is.
func quoted(path string) string {
	if strings.ContainsFunc(path, func(r rune) bool { return !strconv.IsPrint(r) }) || !utf8.ValidString(path) {
		return strconv.Quote(path)
	}
	return path
}

func isDir(path string) bool {
	fi, err := os.Stat(path)
	return err == nil && fi.IsDir()
}

// readLink returns where a link points, "" if path is none.
func readLink(path string) string {
	if fi, err := os.Lstat(path); err != nil || fi.Mode()&fs.ModeSymlink == 0 {
		return ""
	}
	target, _ := os.Readlink(path)
	return target
}
