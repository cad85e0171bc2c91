package result

import (
	"math"
	"slices"
	"testing"
)

func TestQuantile(t *testing.T) {
	for _, c := range []struct {
		list []float64
		q    float64
		want float64
	}{
		{[]float64{3}, 0.5, 3},
		{[]float64{5, 1, 3}, 0.5, 3},
		{[]float64{4, 1, 2, 3}, 0.5, 2.5},
		{[]float64{0, 10}, 0.25, 2.5},
		{[]float64{7, 1}, 1, 7},
	} {
		before := slices.Clone(c.list)
		if got := Quantile(c.list, c.q); got != c.want {
			t.Errorf("Quantile(%v, %v) = %v, want %v", c.list, c.q, got, c.want)
		}
		if !slices.Equal(before, c.list) {
			t.Errorf("%v was sorted", before)
		}
	}
	if !math.IsNaN(Median(nil)) {
		t.Error("nothing has a median")
	}
}
