package depgraph

import (
	"reflect"
	"strings"
	"testing"
)

func TestParseGo(t *testing.T) {
	h, err := parseGo([]byte(strings.ReplaceAll(`// Copyright

//go:build linux
// +build linux

// Package p.
//go:debug panicnil=1
package p

import "os"

/*
#cgo CFLAGS: -Iinc
#include "x.h"
int f();
*/
import "C"

import (
	// #include <y.h>
	"C"
	b "bytes"
	_ "os"
)

//go:embed a "b c" 'd'
	//go:embed all:e
var x = 1 //go:embed not

//go:linkname f g
func f()

// //go:embed neither
`, "'", "`")))
	if err != nil {
		t.Fatal(err)
	}
	want := &header{
		pkg:        "p",
		imports:    []string{"C", "bytes", "os"},
		constraint: "//go:build linux\n// +build linux\n",
		embeds:     []string{"a", "all:e", "b c", "d"},
		preamble:   "#cgo CFLAGS: -Iinc\n#include \"x.h\"\nint f();\n#include <y.h>\n",
		cgo:        []string{"#cgo CFLAGS: -Iinc"},
		includes:   []include{{name: "x.h"}, {name: "y.h", angled: true}},
		debug:      []string{"//go:debug panicnil=1"},
		linknames:  []string{"//go:linkname f g"},
	}
	if !reflect.DeepEqual(h, want) {
		t.Errorf("got  %+v\nwant %+v", h, want)
	}
}

func FuzzParseGo(f *testing.F) {
	f.Add([]byte("package p\n\n//go:embed x\nvar x string\n"))
	f.Add([]byte("//go:"))
	f.Add([]byte("package p\nimport \"C\"\n//go:embed \"x"))
	f.Fuzz(func(t *testing.T, src []byte) {
		h, err := parseGo(src)
		if err == nil && len(h.diff(h)) != 0 {
			t.Errorf("a header differs from itself: %v", h.diff(h))
		}
		parseIncludes(src)
		splitFlags(string(src))
	})
}
