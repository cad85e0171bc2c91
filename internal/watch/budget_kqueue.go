//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package watch

import (
	"os"
	"syscall"
)

// renewedIsDeaf: fsnotify's kqueue backend keeps the descriptors of the
// files of a directory that was replaced, and hears nothing of the new ones.
const renewedIsDeaf = true

// A budget bounds the descriptors that kqueue takes, one for each file of a
// watched directory. The program that gorun runs, the compiler, and the user's
// other programs need some, too.
type budget struct {
	limit int
	used  int
	cost  map[string]int
}

// reserve reserves what dir needs, or returns a budgetError.
func (b *budget) reserve(dir string) error {
	if b.cost == nil {
		b.cost, b.limit = make(map[string]int), descriptors()
	}
	n := 1
	if f, err := os.Open(dir); err == nil {
		names, _ := f.Readdirnames(-1) // the error is Add's to find
		f.Close()
		n += len(names)
	}
	if b.used+n > b.limit {
		return &budgetError{b.limit}
	}
	b.used += n
	b.cost[dir] = n
	return nil
}

// release frees what dir reserved.
func (b *budget) release(dir string) {
	b.used -= b.cost[dir]
	delete(b.cost, dir)
}

// descriptors is half of what this process may open, and no more than a third
// of what macOS gives to all processes together by default (kern.maxfiles).
func descriptors() int {
	const most = 8192
	var r syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &r); err != nil {
		return 256 / 2 // macOS's soft limit
	}
	return int(min(uint64(r.Cur)/2, most))
}
