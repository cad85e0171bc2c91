package scaffold

import (
	"strings"
	"testing"
)

func TestPrint(t *testing.T) {
	p := newProject(t, "example.com/shop")
	for want, r := range map[string]Report{
		"example.com/shop is in .:\n\n\ta/b\n\nNext:\n\n\tgorun -programs\n": {Dir: ".", Files: []string{"a/b"}},
		"\tcd shop\n\tgo work use .\n\tgorun -programs\n":                    {Dir: "shop", Workspace: true},
	} {
		var b strings.Builder
		if err := p.Print(&b, r); err != nil || !strings.HasSuffix(b.String(), want) {
			t.Errorf("%+v: %v: got\n%swant\n%s", r, err, b.String(), want)
		}
	}
}

func TestShellWord(t *testing.T) {
	for text, want := range map[string]string{
		"shop": "shop", "/a/b_c.d": "/a/b_c.d", "a b": "'a b'", "it's": `'it'\''s'`, "~x": "'~x'", "-x": "./-x",
		"- x": "'./- x'", "$HOME": "'$HOME'", "a\nb": "'a\nb'", "": "''",
	} {
		if got := shellWord(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}
