//go:build !darwin && !dragonfly && !freebsd && !netbsd && !openbsd

package watch

// staleAfterRenewal: a watch that is added again is as good as new.
const staleAfterRenewal = false

// A budget is needed only where a watch takes a descriptor for each file.
type budget struct{}

func (*budget) take(string) error { return nil }
func (*budget) give(string)       {}
