//go:build !darwin && !dragonfly && !freebsd && !netbsd && !openbsd

package watch

// renewedIsDeaf: a watch that is added again is as good as new.
const renewedIsDeaf = false

// A budget is needed only where a watch takes a descriptor for each file.
type budget struct{}

func (*budget) reserve(string) error { return nil }
func (*budget) release(string)       {}
