// Package cachedir says where gorun keeps what outlives a run, and for whom.
//
// The invariant: a directory that it makes, or finds among the temporary files, is this
// user's and nobody else may look into it; the user's cache directory is used only where
// it, or the directory that it is to be made in, is the user's.
//
// What is kept there is incremental's (executables), startcache's (records) and tell's.
package cachedir

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/gorun-dev/gorun/internal/privatedir"
)

// Off is the GORUNCACHE with which nothing is kept from one start to the next. A
// program must still be a file while it runs.
const Off = "off"

// Find returns the directory: GORUNCACHE, else gorun in the user's cache directory, else,
// where there is no home or it is somebody else's (sudo keeps HOME), a private one among
// the temporary files.
func Find(getenv func(string) string) (string, error) {
	dir := getenv("GORUNCACHE")
	if dir == Off {
		return Temporary()
	}
	if dir != "" {
		if !filepath.IsAbs(dir) {
			return "", fmt.Errorf("GORUNCACHE is %q, which is not an absolute path\n"+
				"set it to a directory that can be written, or unset it", dir)
		}
		return dir, nil
	}
	if dir, err := os.UserCacheDir(); err == nil && (owned(dir) || owned(filepath.Dir(dir))) {
		return filepath.Join(dir, "gorun"), nil
	}
	return Temporary()
}

// Temporary returns a directory of this user's among the temporary files.
func Temporary() (string, error) {
	dir := temporaryPath()
	err := os.Mkdir(dir, 0o700)
	if err == nil || os.IsExist(err) {
		err = privatedir.Check(dir, "")
	}
	if err != nil {
		return "", fmt.Errorf("no home directory for the cache, and no private one at %s: %w\n"+
			"set GORUNCACHE to a directory that can be written", dir, err)
	}
	return dir, nil
}

// IfTemporary returns what Temporary does if that is there already; "" if it is not, or not
// this user's. It makes nothing.
func IfTemporary() string {
	dir := temporaryPath()
	if privatedir.Check(dir, "") != nil {
		return ""
	}
	return dir
}

func temporaryPath() string { return filepath.Join(os.TempDir(), "gorun-"+strconv.Itoa(os.Getuid())) }

// Private returns the directory of a name in a cache directory that only this user may
// look into, and makes it if it is not there. Where several users share the cache
// directory, or it cannot be written, it is one among the temporary files.
func Private(cache, name string) (string, error) {
	if err := privatedir.Make(cache, name); err != nil {
		if cache, err = Temporary(); err != nil {
			return "", err
		}
		if err := privatedir.Make(cache, name); err != nil {
			return "", err
		}
	}
	dir := filepath.Join(cache, name)
	return dir, os.Chmod(dir, 0o700)
}

// owned reports whether dir is a directory, not a link to one, of this user's.
func owned(dir string) bool {
	info, err := os.Lstat(dir)
	return err == nil && info.IsDir() && ownedByUser(info)
}
