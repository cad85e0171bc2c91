//go:build !linux

package watch

// A mountWatch is needed only where a mount over a file sends no event. Elsewhere files
// cannot be mounted over, and the heartbeat finds a directory that was.
type mountWatch struct{}

func newMountWatch() *mountWatch                           { return nil }
func (*mountWatch) run(<-chan struct{}, func(path string)) {}
