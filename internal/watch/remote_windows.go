package watch

import (
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"
)

// remote says so if dir is on a network drive or under a UNC name (WSL's
// directories are): not every server reports changes. "" for all others.
func remote(dir string) string {
	volume := filepath.VolumeName(dir)
	if strings.HasPrefix(volume, `\\`) && !strings.HasPrefix(volume, `\\?\`) && !strings.HasPrefix(volume, `\\.\`) {
		return "the network"
	}
	root, err := windows.UTF16PtrFromString(volume + `\`)
	if err == nil && windows.GetDriveType(root) == windows.DRIVE_REMOTE {
		return "the network"
	}
	return ""
}
