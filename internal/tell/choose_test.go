package tell

import (
	"errors"
	"testing"
)

func TestChoice(t *testing.T) {
	app := Found{Who: Who{Pid: 1, Dir: "/m", Package: []string{"./app"}, Target: "/m/app", Projects: []string{"/m"}}}
	tool := Found{Who: Who{Pid: 2, Dir: "/m", Package: []string{"./tool"}, Target: "/m/tool", Projects: []string{"/m",
		"/w"}}}
	hung := Found{Who: Who{Pid: 3}, Hung: true}
	for _, c := range []struct {
		choice  Choice
		all     []Found
		pid     int    // 0: none
		several bool   // then
		want    string // the error
	}{
		{Choice{Project: "/m"}, []Found{app}, 1, false, ""},
		{Choice{Project: "/w"}, []Found{app, tool, hung}, 2, false, ""},
		{Choice{Project: "/m", Target: "/m/app", Words: "./app"}, []Found{app, tool}, 1, false, ""},
		{Choice{Project: "/x", Target: "/m/app", Words: "/m/app"}, []Found{app, tool}, 1, false, ""},
		{Choice{Project: "/m"}, []Found{app, tool}, 0, true,
			"several gorun run in /m: name the package of one\n./app in /m (pid 1)\n./tool in /m (pid 2)"},
		{Choice{Project: "/m", Target: "/m/app", Words: "./app"}, []Found{app, app}, 0, true,
			"several gorun run of ./app\n./app in /m (pid 1)\n./app in /m (pid 1)"},
		{Choice{Project: "/m", Target: "/m/x", Words: "./x"}, []Found{app}, 0, false,
			"no gorun runs of ./x, but there is\n./app in /m (pid 1)"},
		{Choice{Project: "/m", Target: "/m/x", Words: "./x"}, []Found{app, hung}, 0, false,
			"no gorun of ./x answers, but there is one that does not: pid 3"},
		{Choice{Project: "/x"}, []Found{app}, 0, false, "no gorun runs in /x"},
	} {
		got, err := c.choice.Of(c.all)
		var choice *ChoiceError
		switch {
		case c.pid != 0 && (err != nil || got.Who.Pid != c.pid):
			t.Errorf("%+v: pid %d, %v; want %d", c.choice, got.Who.Pid, err, c.pid)
		case c.pid == 0 && (!errors.As(err, &choice) || err.Error() != c.want || choice.Several != c.several):
			t.Errorf("%+v: pid %d, %q; want %q", c.choice, got.Who.Pid, err, c.want)
		}
	}
}
