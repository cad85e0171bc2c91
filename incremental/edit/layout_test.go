package edit

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestLayOut(t *testing.T) {
	const old = `package p

import "fmt"

// F is documented.
func F(x int) int {
	y := x + 1
	fmt.Println(y)
	return y
}

var V = 1

func G[T any](t T) T {
	return t
}
`
	// What the layouts begin and end with.
	const (
		head    = "package p;\n\nimport \"fmt\";\n\n\nfunc F(x int) int {\n\t"
		generic = "var V = 1;\n\nfunc G[T any](t T) T {"
		tail    = "\n\n" + generic + "\n\treturn t;\n};\n"
	)
	for _, tt := range []struct {
		name     string
		now      string
		want     string // "" for the old text
		free     bool
		moved    bool
		declared bool
		generic  bool
	}{
		{name: "a comment", now: strings.Replace(old, "\ty :=", "\t// why\n\ty :=", 1), free: true, moved: true},
		{name: "a statement on a line of its own", now: strings.Replace(old, "\tfmt", "\tx++\n\tfmt", 1), moved: true,
			want: head + "y := x + 1; x ++;\n\tfmt.Println(y);\n\treturn y;\n};" + tail},
		{name: "a statement gone", now: strings.Replace(old, "\tfmt.Println(y)\n", "", 1), moved: true,
			want: head + "y := x + 1;\n\n\treturn y;\n};" + tail},
		{name: "a statement changed", now: strings.Replace(old, "x + 1", "x + 2", 1),
			want: head + "y := x + 2;\n\tfmt.Println(y);\n\treturn y;\n};" + tail},
		{name: "a new function", now: strings.Replace(old, "var V", "func h() {\n}\n\nvar V", 1), moved: true, declared: true,
			want: head + "y := x + 1;\n\tfmt.Println(y);\n\treturn y;\n}; func h ( ) { };" + tail},
		{name: "a new function before a changed one",
			now: strings.NewReplacer(
				"// F is", "func k(x int, y string) (int, error) {\n\treturn x + 1, nil\n}\n\n// F is",
				"\ty := x", "\tk(x, \"\")\n\ty := x",
			).Replace(old), moved: true, declared: true,
			want: "package p;\n\nimport \"fmt\"; func k ( x int , y string ) ( int , error ) { return x + 1 , nil; };\n\n\n" +
				"func F(x int) int { k ( x , \"\" );\n\ty := x + 1;\n\tfmt.Println(y);\n\treturn y;\n};" + tail},
		{name: "a generic body", now: strings.Replace(old, "return t\n", "_ = 1\n\treturn t\n", 1), generic: true,
			want: head + "y := x + 1;\n\tfmt.Println(y);\n\treturn y;\n};\n\n" + generic + " _ = 1;\n\treturn t;\n};\n"},
		{name: "a raw string longer than its place", now: strings.Replace(old, "x + 1", "len(`\n\n\n\n`)", 1), moved: true,
			want: head + "y := len ( `\n\n\n\n` ); fmt . Println ( y ); return y; };\n" + generic + "\n\treturn t;\n};\n"},
	} {
		l, ok := LayOut([]byte(old), []byte(tt.now))
		if !ok {
			t.Errorf("%s: no twin", tt.name)
			continue
		}
		want := tt.want
		if want == "" {
			want = old
		}
		// White space before a token is a matter of taste; tabs are written as blanks.
		if got := string(l.Text); got != strings.ReplaceAll(want, "\t", " ") && got != want {
			t.Errorf("%s:\n%s\nwant\n%s", tt.name, got, want)
		}
		if l.Free != tt.free || l.Moved != tt.moved || l.Declared != tt.declared || l.Generic != tt.generic {
			t.Errorf("%s: free %v, moved %v, declared %v, generic %v", tt.name, l.Free, l.Moved, l.Declared, l.Generic)
		}
	}
	for name, now := range map[string]string{
		"a //line directive": "//line x.go:3\n" + old,
		"no Go":              old + "\"",
		"a pragma in a line": strings.Replace(old, "y := x + 1", "y := x + 1\n//go:nosplit\n", 1) + "}",
	} {
		if _, ok := LayOut([]byte(old), []byte(now)); ok {
			t.Errorf("%s: has a twin", name)
		}
	}
}

// Every token that both versions have stands where it stood, or the layout says nothing false about it.
func FuzzLayOut(f *testing.F) {
	f.Add([]byte("package p\nfunc f() { x := 1; _ = x }\n"),
		[]byte("package p\nfunc f() {\n x := 2\n _ = x }\nvar y = `\n`\n"))
	f.Add([]byte("package p\n//go:noinline\nfunc f() {}\n"), []byte("package p\n\n//go:noinline\nfunc f() {\n}\n"))
	f.Add([]byte("package p\nfunc f() { for ;; { } }\n"), []byte("package p\nfunc f() { for i := 0; i < 3; { ; } }\n"))
	f.Fuzz(func(t *testing.T, old, now []byte) {
		l, ok := LayOut(old, now)
		if !ok {
			return
		}
		a, _ := lexemes(now)
		b, ok := lexemes(l.Text)
		if !ok || !slices.EqualFunc(a, b, sameLexeme) {
			t.Errorf("twin of %q is %q", now, l.Text)
		}
	})
}

func TestAlign(t *testing.T) {
	lex := func(s string) []lexeme {
		l, ok := lexemes([]byte(s))
		if !ok {
			t.Fatalf("%q does not scan", s)
		}
		return l
	}
	for _, tt := range []struct{ a, b, want string }{
		{"a b c d e", "a b c d e", "a b c d e"},
		{"a b c d e", "a x c y e", "a c e"},
		{"a b c", "x a b c y", "a b c"},
		{"a b c a b b a", "c b a b a c", "c a b a"},
		{"a", "b", ""},
	} {
		a, b := lex(tt.a), lex(tt.b)
		match, ok := align(a, b, sameLexeme)
		if !ok {
			t.Fatal("too different")
		}
		var got []string
		last := -1
		for i, m := range match {
			if m < 0 {
				continue
			}
			if m <= last || !sameLexeme(a[m], b[i]) {
				t.Errorf("%q, %q: pair %d, %d after %d", tt.a, tt.b, m, i, last)
			}
			last = m
			if b[i].text != "" && b[i].text != "\n" {
				got = append(got, b[i].text)
			}
		}
		if len(got) != len(strings.Fields(tt.want)) {
			t.Errorf("%q, %q: common %q, want as many as %q", tt.a, tt.b, got, tt.want)
		}
	}
	if _, ok := align(lex(strings.Repeat("a ", 2*alignLimit)), lex(strings.Repeat("b ", 2*alignLimit)), sameLexeme); ok {
		t.Error("no bound")
	}
}

// What is new between two things that begin alike is all of the new one, and so for what went.
func TestSlide(t *testing.T) {
	const with = "package p;\nfunc a() int { return 1 };\nfunc b() int { return 2 };\nfunc c() int { return 1 };\n"
	const without = "package p;\nfunc a() int { return 1 };\nfunc c() int { return 1 };\n"
	places := func(old, now string) (all string) {
		t.Helper()
		a, _ := lexemes([]byte(old))
		b, _ := lexemes([]byte(now))
		match, ok := pairs(a, b)
		if !ok {
			t.Fatal("too different")
		}
		last := -1
		for i, m := range match {
			if m >= 0 && (m <= last || !sameLexeme(a[m], b[i])) {
				t.Fatalf("token %d is %d of the old ones, after %d", i, m, last)
			}
			if m < 0 {
				all += " " + b[i].text
			}
			last = max(last, m)
		}
		return all
	}
	// Semicolons have no text.
	if got := places(without, with); got != " func b ( ) int { return 2 } " {
		t.Errorf("new: %q", got)
	}
	if got := places(with, without); got != "" {
		t.Errorf("new where something went: %q", got)
	}
	a, _ := lexemes([]byte(with))
	b, _ := lexemes([]byte(without))
	match, _ := pairs(a, b)
	for i, m := range match {
		if a[m].tok != b[i].tok || b[i].line == 3 && a[m].line != 4 {
			t.Errorf("token %q of line %d is that of line %d", b[i].text, b[i].line, a[m].line)
		}
	}
}

// A function that is new, and the first line of the next one changed by its use: nothing lies between but what changed.
func TestNewBeforeChanged(t *testing.T) {
	old := "package p\n\nfunc b() int { return 2 }\n\n" +
		"func (s T) F(w io.Writer, r *http.Request) error {\n\treturn nil\n}\n"
	now := strings.Replace(old, "func (s T) F(w io.Writer, r *http.Request) error {",
		"func k(n int) int {\n\tfor i := range n {\n\t\tdefer func() { n += i }()\n\t}\n\treturn n\n}\n\n"+
			"func (s T) F(w io.Writer, r *http.Request) error { if k(1) < 0 { panic(1) };\n"+
			"\tif k(2) < 0 {\n\t\tpanic(2)\n\t}", 1)
	l, ok := LayOut([]byte(old), []byte(now))
	if !ok || !l.Declared {
		t.Fatalf("laid out %v: %+v", ok, l)
	}
	a, b := strings.Split(old, "\n"), strings.Split(string(l.Text), "\n")
	if len(b) < 5 || !strings.HasPrefix(b[4], a[4]) || !strings.Contains(b[2], "func k (") {
		t.Errorf("laid out as\n%s", l.Text)
	}
}

func TestSameTokens(t *testing.T) {
	a := []byte("package p\n\nfunc f() {\n\tg() // x\n}\n")
	for b, want := range map[string]bool{
		"package p\n\nfunc f() {\n\n\tg(); /* y */\n}\n":     true,
		"package p\n\n//go:noinline\nfunc f() {\n\tg()\n}\n": false,
		"package p\n\nfunc f() {\n\tg(1)\n}\n":               false,
	} {
		l, ok := LayOut(a, []byte(b))
		if ok && l.Free != want {
			t.Errorf("%q: %v", b, l.Free)
		}
		if want && !bytes.Equal(l.Text, a) {
			t.Errorf("%q: twin %q", b, l.Text)
		}
	}
}
