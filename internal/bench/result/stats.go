package result

import (
	"math"
	"slices"
)

// Median is NaN of nothing.
func Median(list []float64) float64 { return Quantile(list, 0.5) }

// Quantile interpolates between the two nearest values.
func Quantile(list []float64, q float64) float64 {
	if len(list) == 0 {
		return math.NaN()
	}
	list = slices.Sorted(slices.Values(list))
	at := q * float64(len(list)-1)
	low := int(at)
	if low == len(list)-1 {
		return list[low]
	}
	return list[low] + (at-float64(low))*(list[low+1]-list[low])
}
