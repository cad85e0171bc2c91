//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package procgroup

import "os"

// executable is what a keeper is started from. Where there is no /proc/self/exe,
// an executable that was replaced is found out by its answer (errMission).
func executable() (string, error) { return os.Executable() }
