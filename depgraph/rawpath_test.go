package depgraph

import "testing"

func TestRawPaths(t *testing.T) {
	if rawPaths("/a/ü") != nil {
		t.Error("text is restored")
	}
	raw := rawPaths("/a\xfe/b\xff\xff/c")
	for listed, want := range map[string]string{
		"/a\ufffd/b\ufffd\ufffd/c/main.go":    "/a\xfe/b\xff\xff/c/main.go",
		"/a\ufffd/b\ufffd\ufffd/go.mod":       "/a\xfe/b\xff\xff/go.mod",
		"/a\ufffd/b\ufffd\ufffd":              "/a\xfe/b\xff\xff",
		"/a\ufffd/b\ufffd\ufffdx/go.mod":      "/a\ufffd/b\ufffd\ufffdx/go.mod",
		"/go/src/fmt/print.go":                "/go/src/fmt/print.go",
		"":                                    "",
		"/a\ufffd/b\ufffd/c/main.go":          "/a\ufffd/b\ufffd/c/main.go",
		"/a\ufffd/b\ufffd\ufffd/c\ufffd/x.go": "/a\xfe/b\xff\xff/c\ufffd/x.go",
	} {
		if got := raw(listed); got != want {
			t.Errorf("%q: %q, want %q", listed, got, want)
		}
	}
}
