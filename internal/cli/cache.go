package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/gorun-dev/gorun/internal/privatedir"
)

// cacheDir returns the directory that gorun keeps executables in: GORUNCACHE, else
// gorun in the user's cache directory, else, where there is no home or it is
// somebody else's (sudo keeps HOME), a private one among the temporary files.
func cacheDir(getenv func(string) string) (string, error) {
	dir := getenv("GORUNCACHE")
	if dir == cacheOff {
		return temporary()
	}
	if dir != "" {
		if !filepath.IsAbs(dir) {
			return "", fmt.Errorf("GORUNCACHE is %q, which is not an absolute path\nset it to a directory that can be written, or unset it", dir)
		}
		return dir, nil
	}
	if dir, err := os.UserCacheDir(); err == nil && (owned(dir) || owned(filepath.Dir(dir))) {
		return filepath.Join(dir, "gorun"), nil
	}
	return temporary()
}

// cacheOff is the GORUNCACHE with which nothing is kept from one start to the
// next. A program must still be a file while it runs.
const cacheOff = "off"

// temporary returns a directory of this user's among the temporary files.
func temporary() (string, error) {
	dir := filepath.Join(os.TempDir(), "gorun-"+strconv.Itoa(os.Getuid()))
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

// owned reports whether dir is a directory, not a link to one, of this user's.
func owned(dir string) bool {
	info, err := os.Lstat(dir)
	return err == nil && info.IsDir() && ownedByUser(info)
}
