//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package procgroup

import (
	"reflect"
	"strings"
	"syscall"
	"testing"

	"github.com/gorun-dev/gorun/internal/priority"
)

func TestWireFacts(t *testing.T) {
	for _, f := range []fact{
		{kind: factStarted, pid: 4711},
		{kind: factFailed, errno: 13},
		{kind: factEnded},
		{kind: factEnded, outcome: Outcome{Code: 255}, rest: true},
		{kind: factEnded, outcome: Outcome{Signal: syscall.SIGSEGV, Core: true}, rest: true},
		{kind: factKilling},
		{kind: factLeft, left: []int{3, 4}},
		{kind: factGone},
		{kind: factGone, left: []int{3, 4}},
	} {
		got, err := parseFact(f.String())
		if err != nil || !reflect.DeepEqual(got, f) {
			t.Errorf("%q: %+v, %v; want %+v", f, got, err, f)
		}
	}
	for _, bad := range []string{"", "started", "exited x", "frob 1", "killed"} {
		if f, err := parseFact(bad); err == nil {
			t.Errorf("%q: %+v, want an error", bad, f)
		}
	}
}

func TestWireMission(t *testing.T) {
	for _, m := range []mission{
		{path: "/p", args: []string{"p"}},
		{path: "/p q", dir: "/ü", args: []string{"", "", "a\nb"}, env: []string{"A=", "", "B=\xff"}, shared: true},
		{path: "/p", args: []string{"p"}, env: []string{}, ignoresHangup: true},
		{path: "/p", args: []string{"p"}, priority: priority.Idle},
		{path: "/p", args: []string{"p"}, listeners: "a:b"},
		{path: "/p", args: []string{"p"}, filter: []byte{6, 0, 0, 0, 0, 0, 255, 127}},
	} {
		got, err := decodeMission(m.encode())
		if len(m.env) == 0 {
			m.env, got.env = nil, nil
		}
		if err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("%+v, %v; want %+v", got, err, m)
		}
	}
}

func FuzzDecodeMission(f *testing.F) {
	f.Add(strings.Join(mission{path: "/p", args: []string{"a", "b"}, env: []string{"X=1"}}.encode(), "\x00"))
	f.Add("")
	f.Add("\x00\x00\x00\x00\x00\x00\x009")
	f.Fuzz(func(t *testing.T, joined string) {
		fields := strings.Split(joined, "\x00")
		m, err := decodeMission(fields)
		if err == nil && len(m.args)+len(m.env) != len(fields)-8 {
			t.Errorf("%q: decoded %+v", fields, m)
		}
	})
}
