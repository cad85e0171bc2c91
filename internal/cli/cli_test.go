package cli

import (
	"errors"
	"strings"
	"testing"

	"github.com/gorun-dev/gorun/internal/goflags"
	"github.com/gorun-dev/gorun/internal/live"
	"github.com/gorun-dev/gorun/internal/tell"
)

// TestFlagsDoNotCollide shows that none of gorun's flags is one of the go
// command's: Split panics on that.
func TestFlagsDoNotCollide(t *testing.T) {
	if _, err := parse([]string{"-once", "-tags=x", "."}, nil); err != nil {
		t.Fatal(err)
	}
}

func TestModes(t *testing.T) {
	generate := []string{"GOFILE=x.go", "GOLINE=3", "GOPACKAGE=x", "DOLLAR=$"}
	for _, tt := range []struct {
		args string
		env  []string
		once bool
	}{
		{".", nil, false},
		{"-once .", nil, true},
		{".", []string{"CI=true"}, true},
		{".", []string{"CI=1"}, false},
		{"-watch .", []string{"CI=true"}, false},
		{".", generate, true},
		{".", generate[:3], false},
		{"example.com/tool@v1.2.3", nil, true},
		{"-restart=on-failure .", []string{"CI=true"}, false},
		{"-ready=tcp::80 .", []string{"CI=true"}, false},
		{"-after-stop=x .", []string{"CI=true"}, false},
		{"-before-build=x -before-start=x -on-fail=x .", []string{"CI=true"}, true},
		{"-restart=never -ready= -after-stop= .", []string{"CI=true"}, true},
		{".", append([]string{"GORUNFLAGS=-restart=on-failure"}, generate...), true},
		{"./dir@v1", nil, false},
		{".", []string{"GORUNFLAGS=-once"}, true},
		{"-once=false .", []string{"GORUNFLAGS=-once"}, false},
	} {
		c, err := parse(strings.Fields(tt.args), tt.env)
		if err != nil {
			t.Errorf("%q: %v", tt.args, err)
			continue
		}
		if got := c.once(); got != tt.once {
			t.Errorf("gorun %s with %q: once is %v, want %v", tt.args, tt.env, got, tt.once)
		}
	}
}

func TestBadUsage(t *testing.T) {
	for args, want := range map[string]string{
		"-once -restart=on-failure .": "-restart needs gorun beside the program",
		"-after-ready=x e.org/x@v1":   "-after-ready needs gorun beside the program",
		"-hook-timeout=0s .":          "more than zero",
		"-ready-timeout=-1s .":        "more than zero",
		"-max-restarts=-1 .":          "cannot be negative",
		"-once -watch .":              "exclude each other",
		"-grace=-1s .":                "cannot be negative",
		"-grace=soon .":               `invalid value "soon" for flag -grace`,
		"-poll=0 .":                   "more than zero",
		"-watcher=kqueue .":           "must be one of auto, fsnotify, notify, poll",
		"-signal=NOSUCH .":            "must be one of",
		"-nosuchflag .":               "flag provided but not defined: -nosuchflag",
		"-tags":                       "flag needs an argument: -tags",
		"-race=perhaps main":          `invalid boolean value "perhaps" for -race`,
	} {
		_, err := parse(strings.Fields(args), nil)
		var usage *goflags.UsageError
		text := ""
		switch {
		case errors.As(err, &usage):
			text = usage.Text
		case err != nil:
			text = err.Error()
		}
		if !strings.Contains(text, want) {
			t.Errorf("gorun %s: %q, want %q in it", args, text, want)
		}
	}
}

// What -tell may ask for are words that the loop knows.
func TestTellWordsAreTheLoops(t *testing.T) {
	for text, want := range map[string]live.Do{
		"restart": live.DoRestart, "rebuild": live.DoRebuild, "stop": live.DoStop, "status": live.DoStatus,
		"profile=x": live.DoProfile,
	} {
		var o tell.Order
		if err := o.Set(text); err != nil || live.Do(o.Do) != want {
			t.Errorf("-tell %s asks for %q, %v; the loop knows %q", text, o.Do, err, want)
		}
	}
}
