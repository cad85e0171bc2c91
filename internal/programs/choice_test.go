package programs

import (
	"fmt"
	"testing"
)

func TestNameMains(t *testing.T) {
	for want, paths := range map[string][]string{
		"[api worker]":        {"example.com/m/cmd/api", "example.com/m/cmd/worker"},
		"[api.v1x tool]":      {"example.com/m/api.v1x", "example.com/tool/v2"},
		"[cmd.api tools.api]": {"example.com/m/cmd/api", "example.com/m/tools/api"},
		"[m]":                 {"example.com/m"},
	} {
		var names []string
		for _, p := range nameMains(paths) {
			names = append(names, p.Name)
		}
		if got := fmt.Sprint(names); got != want {
			t.Errorf("%q: %s, want %s", paths, got, want)
		}
	}
}
