//go:build darwin || dragonfly || freebsd

package watch

import "syscall"

// mntLocal is MNT_LOCAL of sys/mount.h: the file system is stored here.
const mntLocal = 0x1000

// remote names the file system of dir if it is not stored on this machine: the
// changes of others send no events here. "" for all others.
func remote(dir string) string {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil || uint64(st.Flags)&mntLocal != 0 {
		return ""
	}
	var name []byte
	for _, c := range st.Fstypename {
		if c == 0 {
			break
		}
		name = append(name, byte(c))
	}
	return string(name)
}
