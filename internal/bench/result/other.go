package result

import "fmt"

// A Start is how long a start takes when nothing has changed.
type Start struct {
	Program string    `json:"program"`
	Tool    string    `json:"tool"`
	Seconds []float64 `json:"seconds"` // to the first instruction
}

// A Noticing is how one backend noticed a series of touches or saves.
type Noticing struct {
	Backend string `json:"backend"`
	// Kind is "touch" (a new time) or "save" (new content, written in place or
	// renamed over the file).
	Kind    string `json:"kind"`
	Rate    int    `json:"rate"`    // saves a second, 0: as fast as it goes
	Saves   int    `json:"saves"`   //
	Noticed int    `json:"noticed"` // of them
	Batches int    `json:"batches"` //
	// CPU are the seconds of the watching process, from the first save to a second
	// after the last.
	CPU    float64 `json:"cpu"`
	Median float64 `json:"median_s"` // from before the save to its first batch
	P99    float64 `json:"p99_s"`

	Windows []Window `json:"windows"`
}

// RateName says in words how fast the saves came.
func RateName(rate int) string {
	if rate == 0 {
		return "at once"
	}
	return fmt.Sprintf("%d/s", rate)
}

// A Window is what a quiet window makes of the batches.
type Window struct {
	Quiet  float64 `json:"quiet_s"`
	Used   int     `json:"used"`     // how many times something would be built
	Median float64 `json:"median_s"` // from a save to that
}

// An Idle is what a tool costs while nobody saves. The program itself, which is
// the same for all, is not counted.
type Idle struct {
	Program   string  `json:"program"`
	Tool      string  `json:"tool"`
	CPU       float64 `json:"cpu_seconds"` // in Seconds
	Seconds   float64 `json:"seconds"`
	RSS       int64   `json:"rss_bytes"`                   // of all its processes, summed up
	WaitRSS   int64   `json:"waiting_rss_bytes,omitempty"` // of those, a link that waits for the next save
	Processes int     `json:"processes"`
	Watches   int     `json:"watches"`
}

// Unrelated is how many files stand beside the program, while tools are idle, that
// have nothing to do with it.
const Unrelated = 20000
