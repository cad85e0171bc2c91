package gocmd

import (
	"runtime"
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

func TestTuneCompile(t *testing.T) {
	const gib = 1 << 30
	tuned := Tune([]string{"A=1"})
	for _, c := range []struct {
		env       []string
		available int64
		want      []string
	}{
		{tuned, 4 * gib, []string{"A=1", "GOGC=off", "GOMEMLIMIT=1073741824"}},
		{tuned, 100 * gib, []string{"A=1", "GOGC=off", "GOMEMLIMIT=2147483648"}},
		{tuned, gib, tuned},
		{tuned, 0, tuned},
		{Tune([]string{"GOGC=50"}), 4 * gib, []string{"GOGC=50"}},
		{Tune([]string{"GOMEMLIMIT=1GiB"}), 4 * gib, []string{"GOMEMLIMIT=1GiB"}},
	} {
		got := slices.Sorted(slices.Values(TuneCompile(c.env, c.available)))
		if !slices.Equal(got, c.want) {
			t.Errorf("TuneCompile(%q, %d) = %q, want %q", c.env, c.available, got, c.want)
		}
	}
}

func TestAvailableMemory(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux says so")
	}
	if n, err := AvailableMemory(); err != nil || n < 1<<20 {
		t.Errorf("%d bytes, %v", n, err)
	}
}
