//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package procgroup

// Nice values (setpriority(2)).
const (
	behindNice = 10 // more than this process's own
	lowestNice = 19
)

// nice is the value for a priority, from that of this process.
func (p Priority) nice(own int) int {
	switch p {
	case Behind:
		return min(own+behindNice, lowestNice)
	case Idle:
		return lowestNice
	}
	return own
}
