package cli

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/gorun-dev/gorun/internal/goflags"
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

func TestSignalNames(t *testing.T) {
	for text, want := range map[string]syscall.Signal{
		"TERM": syscall.SIGTERM, "SIGINT": syscall.SIGINT, "int": syscall.SIGINT, "15": syscall.SIGTERM,
	} {
		var s stopSignal
		if err := s.Set(text); err != nil || syscall.Signal(s) != want {
			t.Errorf("-signal=%s is %v, %v; want %v", text, syscall.Signal(s), err, want)
		}
	}
}

func TestSetenv(t *testing.T) {
	for _, tt := range []struct{ env, want []string }{
		{[]string{"A=1", "PATH=/bin", "B=2"}, []string{"A=1", "PATH=/new", "B=2"}},
		{[]string{"PATH=/1", "PATH=/2"}, []string{"PATH=/new"}},
		{[]string{"PATHS=/1"}, []string{"PATHS=/1", "PATH=/new"}},
	} {
		if got := setenv(tt.env, "PATH", "/new"); !slices.Equal(got, tt.want) {
			t.Errorf("setenv(%q) = %q, want %q", tt.env, got, tt.want)
		}
	}
}

func TestCacheDir(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", "")
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	if dir, err := cacheDir(os.Getenv); err != nil || !strings.HasPrefix(dir, home) {
		t.Errorf("with a home: %q, %v", dir, err)
	}
	explicit := filepath.Join(home, "mine")
	t.Setenv("GORUNCACHE", explicit)
	if dir, err := cacheDir(os.Getenv); err != nil || dir != explicit {
		t.Errorf("with GORUNCACHE: %q, %v", dir, err)
	}
	t.Setenv("GORUNCACHE", "relative")
	if dir, err := cacheDir(os.Getenv); err == nil {
		t.Errorf("a relative GORUNCACHE gave %q", dir)
	}
	t.Setenv("GORUNCACHE", "")
	t.Setenv("HOME", filepath.Join(home, "not", "there"))
	dir, err := cacheDir(os.Getenv)
	if err != nil || !strings.HasPrefix(dir, tmp) {
		t.Errorf("without a home: %q, %v", dir, err)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the private directory: %v, %v", info, err)
	}
	if _, err := os.Stat(filepath.Join(home, "not")); err == nil {
		t.Error("a home was made where there was none")
	}
}
