package self

import (
	"os"
	"strconv"
)

// Image is what a child that this process forks executes to run gorun once more.
// /proc/self/exe is the file that the process runs, even when its name has been removed
// or given to another file.
func Image() (string, error) {
	const image = "/proc/self/exe"
	if _, err := os.Lstat(image); err == nil {
		return image, nil
	}
	return os.Executable()
}

// imageOf is the path of the file that a process runs, "" if there is none. It is not there
// where /proc is missing, or is that of another PID namespace.
func imageOf(pid int) string {
	image := "/proc/" + strconv.Itoa(pid) + "/exe"
	if !sameFile(image, "/proc/self/exe") {
		return ""
	}
	return image
}
