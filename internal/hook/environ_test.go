package hook

import (
	"slices"
	"testing"
)

// What a hook is told takes the place of what gorun itself was told as a hook's child.
func TestEnviron(t *testing.T) {
	env := []string{"PWD=/elsewhere", "A=1", "GORUN_PID=7", "GORUN_HOOK=outer", "GORUN_STATUS=2", "GORUN_REASON=x"}
	status := 3
	for _, c := range []struct {
		about About
		want  []string
	}{
		{About{Reason: "start"}, []string{"PWD=/m", "A=1", "GORUN_HOOK=on-fail", "GORUN_REASON=start"}},
		{About{Reason: "main.go", Phase: "run", Pid: 9, Status: &status}, []string{
			"PWD=/m", "A=1", "GORUN_HOOK=on-fail", "GORUN_PHASE=run", "GORUN_PID=9", "GORUN_REASON=main.go",
			"GORUN_STATUS=3",
		}},
		{About{}, []string{"PWD=/m", "A=1", "GORUN_HOOK=on-fail"}},
	} {
		if got := Environ(env, "/m", "on-fail", c.about); !slices.Equal(got, c.want) {
			t.Errorf("%+v:\n%q, want\n%q", c.about, got, c.want)
		}
	}
}
