package procgroup

import "os"

// executable is what a keeper or a starter is started from. /proc/self/exe is the file that
// this process runs, even when its name has been removed or given to another.
func executable() (string, error) {
	const self = "/proc/self/exe"
	if _, err := os.Lstat(self); err == nil {
		return self, nil
	}
	return os.Executable()
}
