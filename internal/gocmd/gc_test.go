package gocmd

import (
	"slices"
	"testing"
)

func TestTune(t *testing.T) {
	for _, c := range []struct{ env, want []string }{
		{[]string{"A=1"}, []string{"A=1", "GOGC=" + gcPercent}},
		{[]string{"GOGC=50"}, []string{"GOGC=50"}},
		{[]string{"GOMEMLIMIT=1GiB", "A=1"}, []string{"GOMEMLIMIT=1GiB", "A=1"}},
		{[]string{"GOGCFLAGS=x"}, []string{"GOGCFLAGS=x", "GOGC=" + gcPercent}},
	} {
		if got := Tune(c.env); !slices.Equal(got, c.want) {
			t.Errorf("Tune(%q) = %q, want %q", c.env, got, c.want)
		}
	}
	env := make([]string, 1, 2)
	env[0] = "A=1"
	Tune(env)
	if env[:2][1] != "" {
		t.Error("Tune writes behind the caller's slice")
	}
}
