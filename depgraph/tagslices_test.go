package depgraph

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const sliced = `
-- go.mod --
module example.com/m

go 1.26
-- main.go --
package main

func main() {}
-- dev.go --
//go:build !prod

package main

import _ "example.com/m/dev"
-- prod.go --
//go:build prod

package main

import _ "example.com/m/prod"
-- main_windows.go --
package main
-- old.go --
//go:build !go1.20

package main
-- dev/dev.go --
package dev
-- prod/prod.go --
package prod
-- prod/trace.go --
//go:build trace && !quiet

package prod

import _ "log"
`

// Each tag against the same program listed with it, also the tags that only come
// in with another.
func TestSlices(t *testing.T) {
	p := newProgram(t, sliced, ".").load()
	list, err := Slices(t.Context(), p.cfg, p.g)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range list {
		got = append(got, fmt.Sprintf("%s set=%v fixed=%v in %v %v out %v %v %v", s.Tag, s.Set, s.Fixed,
			p.rels(s.FilesIn), s.PackagesIn, p.rels(s.FilesOut), s.PackagesOut, s.ImportsOut))
	}
	want := []string{
		"go1.20 set=true fixed=true in [] [] out [] [] []",
		"prod set=false fixed=false in [prod.go prod/prod.go] [example.com/m/prod] " +
			"out [dev.go dev/dev.go] [example.com/m/dev] [{example.com/m example.com/m/dev}]",
		"quiet set=false fixed=false in [] [] out [] [] []",
		"trace set=false fixed=false in [] [] out [] [] []",
		"windows set=false fixed=true in [] [] out [] [] []",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	p.configure("-tags=prod", ".")
	p.g = nil
	p.load()
	if list, err = Slices(t.Context(), p.cfg, p.g); err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		switch s.Tag {
		case "prod":
			if !s.Set || s.Fixed || !slices.Equal(p.rels(s.FilesIn), []string{"dev.go", "dev/dev.go"}) {
				t.Errorf("prod: %+v", s)
			}
		case "trace":
			if !slices.Equal(p.rels(s.FilesIn), []string{"prod/trace.go"}) || !slices.Contains(s.StandardIn, "log") {
				t.Errorf("trace: %+v", s)
			}
		}
	}
}
