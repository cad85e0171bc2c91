package watch

import "time"

// DefaultInterval is the pause between two scans of the polled directories (-poll): short
// enough that a reload does not feel late, and 350 files cost about 1 % of a core.
const DefaultInterval = 250 * time.Millisecond

// pollPause is the pause after a scan: the interval, or more if the scan took long, so
// that polling takes no more than 5 % of a core. A scan that took very long was waiting
// itself (for a network, for a core that compiles). After it the pause is as long as the
// scan and no longer, since a save waits for the next one.
func pollPause(interval, scan time.Duration) time.Duration {
	const share, most = 20, time.Second
	return max(interval, min(share*scan, most), scan)
}
