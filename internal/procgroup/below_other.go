//go:build dragonfly || netbsd || openbsd || (freebsd && !amd64 && !arm64)

package procgroup

// below is the program alone: the process table is not read here.
func (k *keeper) below() []int {
	if k.ended {
		return nil
	}
	return []int{k.pid}
}
