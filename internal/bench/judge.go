package main

import (
	"slices"
	"time"

	"github.com/gorun-dev/gorun/internal/bench/result"
)

// judge compares saves with what was told of them.
func judge(saves []saved, t trace, windows []time.Duration) result.Noticing {
	res := result.Noticing{Saves: len(saves), Batches: len(t.Batches), CPU: time.Duration(t.CPU).Seconds()}
	var lags []float64
	for _, s := range saves {
		if at, ok := firstAfter(s, t.Batches, nil); ok {
			lags = append(lags, at.Sub(s.began).Seconds())
		}
	}
	res.Noticed = len(lags)
	res.Median, res.P99 = result.Median(lags), result.Quantile(lags, 0.99)
	for _, w := range windows {
		uses := usedAt(t.Batches, w)
		var lags []float64
		for _, s := range saves {
			if at, ok := firstAfter(s, t.Batches, uses); ok {
				lags = append(lags, at.Sub(s.began).Seconds())
			}
		}
		used := slices.Compact(slices.Clone(uses))
		res.Windows = append(res.Windows, result.Window{
			Quiet: w.Seconds(), Used: len(used), Median: result.Median(lags),
		})
	}
	return res
}

// firstAfter returns when the first batch came, or was used, that tells of a
// save.
func firstAfter(s saved, batches []batch, uses []int64) (time.Time, bool) {
	i, _ := slices.BinarySearchFunc(batches, s.began.UnixNano(), func(b batch, at int64) int {
		return int(min(1, max(-1, b.At-at)))
	})
	for ; i < len(batches); i++ {
		if b := batches[i]; b.All || slices.Contains(b.Paths, s.path) {
			if uses != nil {
				return time.Unix(0, uses[i]), true
			}
			return time.Unix(0, b.At), true
		}
	}
	return time.Time{}, false
}

// usedAt returns for each batch when it is used: when nothing has come for as
// long as the window, and not later than a burst may last.
func usedAt(batches []batch, window time.Duration) []int64 {
	uses := make([]int64, len(batches))
	for i := 0; i < len(batches); {
		end := batches[i].At + int64(window)
		limit := batches[i].At + int64(burst)
		k := i + 1
		for ; k < len(batches) && batches[k].At < end; k++ {
			end = min(batches[k].At+int64(window), limit)
		}
		for ; i < k; i++ {
			uses[i] = end
		}
	}
	return uses
}
