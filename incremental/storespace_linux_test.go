package incremental

import (
	"os"
	osexec "os/exec"
	"path/filepath"
	"testing"
)

// What a directory may have of a file system is found out, and no byte of it is taken.
func TestQuota(t *testing.T) {
	dir := t.TempDir()
	if refuses(dir, 1<<20) {
		t.Error("a megabyte is refused")
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) > 0 {
		t.Errorf("left behind: %v, %v", list, err)
	}
	if refuses(filepath.Join(dir, "none"), 1<<20) {
		t.Error("a directory that is not there refuses")
	}
	for _, tool := range []string{"mkfs.btrfs", "btrfs", "mount"} {
		if _, err := osexec.LookPath(tool); err != nil || os.Getuid() != 0 {
			t.Skip("a file system with quotas needs root and btrfs-progs")
		}
	}
	image, at := filepath.Join(dir, "image"), filepath.Join(dir, "at")
	for _, command := range [][]string{
		{"truncate", "-s", "1500M", image},
		{"mkfs.btrfs", "-q", image},
		{"mkdir", at},
		{"mount", "-o", "loop", image, at},
		{"btrfs", "quota", "enable", at},
		{"btrfs", "subvolume", "create", at + "/sub"},
		{"btrfs", "qgroup", "limit", "16M", at + "/sub"},
	} {
		out, err := osexec.Command(command[0], command[1:]...).CombinedOutput()
		if err != nil {
			t.Skipf("%q: %v: %s", command, err, out)
		}
		if command[0] == "mount" {
			t.Cleanup(func() { osexec.Command("umount", at).Run() })
		}
	}
	for _, tt := range []struct {
		dir  string
		want bool
	}{{at, false}, {at + "/sub", true}} {
		s := newStore(t.TempDir())
		s.dir = tt.dir
		if got := s.scarce(); got != tt.want {
			t.Errorf("%s: scarce: %v", tt.dir, got)
		}
	}
}
