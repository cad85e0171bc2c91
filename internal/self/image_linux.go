package self

import "os"

// Image is what this process, or a child that it forks, executes to run gorun once
// more. /proc/self/exe is the file that the process runs, even when its name has been
// removed or given to another file.
func Image() (string, error) {
	const image = "/proc/self/exe"
	if _, err := os.Lstat(image); err == nil {
		return image, nil
	}
	return os.Executable()
}
