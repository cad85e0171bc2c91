//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package priority

// Nice values (setpriority(2)).
const (
	behindNice = 10 // more than this process's own
	lowestNice = 19
)

// behind is the value of Behind, from that of this process.
func behind(own int) int { return min(own+behindNice, lowestNice) }
