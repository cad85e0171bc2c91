package self

import "testing"

func TestPlay(t *testing.T) {
	played := ""
	role := func(name, argument string, marked bool) Role {
		return Role{Name: name, Argument: argument, Marked: marked, Play: func(args []string) int {
			played = name
			return len(args)
		}}
	}
	isInit := false
	roles := []Role{
		role("named", "(named of ", true),
		role("marked", "(marked)", true),
		{Name: "init", Applies: func() bool { return isInit }, Play: role("init", "", false).Play},
		role("short", "gorun:short", false),
		role("longer", "gorun:short+more", false),
		{Name: "unknown here", Argument: "gorun:nothing"},
	}
	for _, tt := range []struct {
		args         []string
		marked, init bool
		want         string
	}{
		{args: nil},
		{args: []string{"gorun"}},
		{args: []string{"gorun", "./cmd"}},
		{args: []string{"gorun", "(named of x)"}},
		{args: []string{"gorun", "(named of x)"}, marked: true, want: "named"},
		{args: []string{"gorun", "(named of x)", "more"}, marked: true, want: "named"},
		{args: []string{"gorun", "(marked)"}},
		{args: []string{"gorun", "(marked)"}, marked: true, want: "marked"},
		{args: []string{"gorun", "(marked) x"}, marked: true},
		{args: []string{"gorun", "gorun:short", "a"}, want: "short"},
		{args: []string{"gorun", "gorun:short+more"}, want: "longer"},
		{args: []string{"gorun", "gorun:shor"}},
		{args: []string{"gorun", "gorun:nothing"}},
		{args: []string{"gorun", "."}, init: true, want: "init"},
		{args: []string{"gorun"}, init: true, want: "init"},
		{args: []string{"gorun", "(marked)"}, marked: true, init: true, want: "marked"},
	} {
		t.Setenv(RoleVariable, "")
		if tt.marked {
			t.Setenv(RoleVariable, "any")
		}
		played, isInit = "", tt.init
		status, ok := Play(tt.args, roles...)
		if ok != (tt.want != "") || played != tt.want || ok && status != len(tt.args) {
			t.Errorf("%q: played %q, status %d, %v; want %q", tt.args, played, status, ok, tt.want)
		}
	}
}
