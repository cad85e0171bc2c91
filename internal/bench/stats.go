package main

import (
	"math"
	"slices"
)

// median is NaN of nothing.
func median(list []float64) float64 { return quantile(list, 0.5) }

// quantile interpolates between the two nearest values.
func quantile(list []float64, q float64) float64 {
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
