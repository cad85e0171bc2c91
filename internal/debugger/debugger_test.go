package debugger

import (
	"slices"
	"testing"

	"github.com/gorun-dev/gorun/internal/goflags"
)

func TestFlag(t *testing.T) {
	for in, want := range map[string]string{
		"true": "true", "false": "false",
		":2345":           "127.0.0.1:2345",
		"127.0.0.1:2345":  "127.0.0.1:2345",
		"0.0.0.0:2345":    "0.0.0.0:2345",
		"[::1]:2345":      "[::1]:2345",
		"localhost:40000": "localhost:40000",
		"":                "", "2345": "", ":": "", ":0": "", ":70000": "", ":dlv": "", "::1:2345": "",
	} {
		var d Flag
		err := d.Set(in)
		if (err == nil) != (want != "") || err == nil && d.String() != want {
			t.Errorf("-debug=%s: %s, %v", in, d.String(), err)
		}
	}
}

// The last flag that matches a package counts, alone.
func TestDebuggingKeepsTheUsersFlags(t *testing.T) {
	line, err := goflags.Split([]string{"-race", "-gcflags=-m", "-gcflags=all=-S", "-ldflags=-X=a.b=c", "-tags=x", "."},
		nil)
	if err != nil {
		t.Fatal(err)
	}
	if off := (Flag{}).BuildFlags(line, nil); !slices.Equal(off.Build, line.Build) {
		t.Errorf("without -debug: %q", off.Build)
	}
	got := Flag{On: true}.BuildFlags(line, []string{"-gcflags=-e", "-mod=mod"}).Build
	want := []string{
		"-race", "-tags=x",
		"-gcflags=all=-N -l -dwarf=true", "-ldflags=-s=false -w=false",
		"-gcflags=-e -N -l -dwarf=true",
		"-gcflags=-m -N -l -dwarf=true", "-gcflags=all=-S -N -l -dwarf=true", "-ldflags=-X=a.b=c -s=false -w=false",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}
