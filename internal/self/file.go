package self

import (
	"os"
	"path/filepath"
)

// gorun's own file can be removed or replaced while it runs: an upgrade does that. What
// gorun starts must be the gorun that runs, not another version. There are two ways to
// name the file of a process that runs:
//
//   - [Image] is for a child that this process forks. It is always the right file.
//   - [File] is for any other process, such as the go command, and for a process that is
//     to bear gorun's name. It is the path of the file for as long as that is the right
//     file; after that, on Linux, the file is reached through this process.

// Name is the name that gorun's processes bear, so that pkill finds them all; but for
// keepers, who have work left when gorun was killed.
func Name() string {
	path, err := os.Executable()
	if err != nil {
		return "gorun"
	}
	return filepath.Base(path)
}

// File is the path by which any process executes the file that this process runs. It
// is valid while this process runs, and may be another one at the next call.
func File() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	if throughProcess := imageOf(os.Getpid()); throughProcess != "" && !sameFile(path, throughProcess) {
		return throughProcess, nil
	}
	return path, nil
}

func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}
