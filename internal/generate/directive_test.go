package generate

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	osexec "os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"
)

// variables are those of a test, in the place of go generate's.
func variables(file string) func(pkg string, line int) func(string) string {
	return func(pkg string, line int) func(string) string {
		return func(name string) string {
			switch name {
			case "GOFILE":
				return file
			case "GOPACKAGE":
				return pkg
			case "GOLINE":
				return fmt.Sprint(line)
			case "DOLLAR":
				return "$"
			case "GOOS":
				return runtime.GOOS
			case "SET":
				return "one two"
			}
			return ""
		}
	}
}

func parseText(src string) source {
	return parse("/m/x.go", "/m", "x.go", []byte(src), variables("x.go"))
}

func TestParse(t *testing.T) {
	s := parseText(`package p

//go:generate -command gen go run ./gen
// A comment.
//gorun:input api/*.proto "with space.txt"
//gorun:input	b.txt
//go:generate gen -pkg $GOPACKAGE "a b" $GOFILE:$GOLINE
//gorun:input below.txt

//gorun:input too/far.txt

  //go:generate indented
//go:generate	tab
//go:generated no
/*
//go:generate in a comment, which go generate takes for one
*/
//go:generate twice
func f() {}
//gorun:input second/*
//go:generate twice
//go:generate "open
`)
	type directive struct {
		line  int
		words string
		globs []string
		err   string
	}
	var got []directive
	for _, d := range s.directives {
		g := directive{d.Line, strings.Join(d.Words, "|"), d.Globs, ""}
		if d.Err != nil {
			g.err = d.Err.Error()
		}
		got = append(got, g)
	}
	want := []directive{
		{7, "go|run|./gen|-pkg|p|a b|x.go:7", []string{"b.txt", "api/*.proto", "with space.txt", "below.txt"}, ""},
		{13, "tab", nil, ""},
		{16, "in|a|comment,|which|go|generate|takes|for|one", nil, ""},
		{18, "twice", []string{"second/*"}, ""},
		{22, "", nil, "mismatched quoted string"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%v\nwant\n%v", got, want)
	}
	if s.faults != nil {
		t.Errorf("faults: %v", s.faults)
	}
}

func TestParseFaultyInputLines(t *testing.T) {
	s := parseText("package p\n\n//gorun:input a[ b.txt\n" +
		"//gorun:input\n//gorun:inputs.txt\n//gorun:input \"x\n//go:generate x\n")
	var got []string
	for _, f := range s.faults {
		got = append(got, fmt.Sprintf("%d: %v", f.line, f.err))
	}
	want := []string{"6: //gorun:input: mismatched quoted string", "4: //gorun:input: no pattern",
		"3: //gorun:input: malformed pattern a["}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if len(s.directives) != 1 {
		t.Errorf("%d directives", len(s.directives))
	}
}

// TestRunFlagSelectsOneDirective is for texts that a regular expression could take
// for something else.
func TestRunFlagSelectsOneDirective(t *testing.T) {
	texts := []string{"//go:generate a.b", "//go:generate a+b", "//go:generate a", "//go:generate a*(b)|c",
		"//go:generate x \xff\xfe", "//go:generate ^$"}
	for _, text := range texts {
		d := Directive{Text: text}
		flag := strings.TrimPrefix(d.runFlag(), "-run=")
		re, err := regexp.Compile(flag)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		for _, other := range append(texts, "//go:generate axb", "//go:generate a.b c", " //go:generate a") {
			if got := re.MatchString(other); got != (other == text) {
				t.Errorf("%s on %q: %v", flag, other, got)
			}
		}
	}
}

// pieces are what random files are made of.
var pieces = []string{
	"//go:generate ", "//go:generate\t", "//go:generate", "//go:generate -command ", "-command", "a", "b", "gen", "ééé",
	`"`, `"a b"`, `"\n"`, `"\`, `\`,
	"$GOFILE", "$GOLINE", "${GOPACKAGE}", "$DOLLAR", "$", "${", "$SET", "$NONE", "$$", " ", " ", " ", "\t", "\n", "\n",
	"\r\n", "//", "/*", "*/", "x=y", "'q q'", "\x00", "\xff",
	"func f() {}", "//gorun:input a", "package p", strings.Repeat("x", 4090),
}

func randomFile(r *rand.Rand) string {
	var b strings.Builder
	b.WriteString("package p\n")
	for range r.IntN(40) {
		b.WriteString(pieces[r.IntN(len(pieces))])
		if r.IntN(3) == 0 {
			b.WriteString("\n//go:generate ")
		}
	}
	if r.IntN(4) > 0 {
		b.WriteString("\n")
	}
	return b.String()
}

// printed is what `go generate -n` prints for a file of these directives: it stops
// at the first that is at fault.
func printed(s source) string {
	var b strings.Builder
	for _, d := range s.directives {
		if d.Err != nil {
			fmt.Fprintf(&b, "x.go:%d: %v\n", d.Line, d.Err)
			break
		}
		fmt.Fprintln(&b, strings.Join(d.Words, " "))
	}
	return b.String()
}

// TestParseAgreesWithGoGenerate asks the go command about random files.
func TestParseAgreesWithGoGenerate(t *testing.T) {
	n := 300
	if testing.Short() {
		n = 60
	}
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	for i := range n {
		src := randomFile(r)
		if repeats(src) || !utf8.ValidString(src) || strings.Contains(src, "\x00") { // go generate refuses those bytes
			continue
		}
		agree(t, dir, src)
		if t.Failed() {
			t.Fatalf("file %d of seed %d", i, seed)
		}
	}
}

var readError = regexp.MustCompile(`error reading .*: unexpected EOF`)

func agree(t *testing.T, dir, src string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "x.go"), []byte(src), 0o666); err != nil {
		t.Fatal(err)
	}
	cmd := osexec.Command("go", "generate", "-n", "x.go")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "SET=one two", "NONE=", "GO111MODULE=off", "PWD="+dir)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if err != nil && strings.Contains(out.String(), "panic:") {
		return // the go command's own fault
	}
	want := readError.ReplaceAllString(out.String(), "error reading the file: unexpected EOF")
	if got := printed(parseText(src)); got != want {
		t.Errorf("file:\n%.2000q\ngo generate -n:\n%.2000s\nhere:\n%.2000s", src, want, got)
	}
}

// repeats reports whether two directives of a file have the same text: they are one
// here, and go generate -n prints both.
func repeats(src string) bool {
	seen := map[string]bool{}
	for line := range strings.Lines(src) {
		line = strings.TrimSpace(line)
		if seen[line] && strings.HasPrefix(line, "//go:generate") {
			return true
		}
		seen[line] = true
	}
	return false
}

func FuzzParse(f *testing.F) {
	for _, p := range pieces {
		f.Add("package p\n//go:generate " + p + "\n")
	}
	f.Fuzz(func(t *testing.T, src string) {
		for _, d := range parseText(src).directives {
			if (d.Err == nil) == (len(d.Words) == 0) {
				t.Errorf("%q: words %q, error %v", d.Text, d.Words, d.Err)
			}
			re, err := regexp.Compile(strings.TrimPrefix(d.runFlag(), "-run="))
			if err != nil {
				t.Fatalf("%q: %v", d.Text, err)
			}
			if !re.MatchString(d.Text) {
				t.Errorf("%q does not select %q", re, d.Text)
			}
		}
	})
}
