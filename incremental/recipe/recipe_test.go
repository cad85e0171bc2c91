package recipe

import (
	_ "embed"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// printed is what go1.26.8 prints for `go run -a -n ./cmd/app` in /m, less most of the standard library.
//
//go:embed testdata/recipe.txt
var printed string

var printedFiles = map[string][]string{
	"example.com/m/lib":     {"/m/lib/a b.go", "/m/lib/lib.go"},
	"example.com/m/cmd/app": {"/m/cmd/app/main.go"},
}

func needSlashes(t testing.TB) {
	if filepath.Separator != '/' {
		t.Skip("the sample has the paths of a unix system")
	}
}

func TestParse(t *testing.T) {
	needSlashes(t)
	r, err := Parse([]byte(printed), "/m", printedFiles)
	if err != nil {
		t.Fatal(err)
	}
	if r.Main != "example.com/m/cmd/app" || len(r.Steps) != 2 {
		t.Fatalf("main %q, %d steps", r.Main, len(r.Steps))
	}
	s := r.Steps["example.com/m/lib"]
	if want := []string{"/m/lib/lib.go", "/m/lib/a b.go"}; !slices.Equal(s.Files, want) {
		t.Errorf("files %q, want %q", s.Files, want)
	}
	want := []string{
		"-trimpath", Objdir + "=>", "-p", "example.com/m/lib", "-lang=go1.26", "-complete",
		"-goversion", "go1.26.8", "-nolocalimports", "-pack",
	}
	if !slices.Equal(s.Args, want) {
		t.Errorf("args %q, want %q", s.Args, want)
	}
	if !slices.Equal(s.Imports, []string{"runtime"}) || s.Jobs != 2 || s.BuildID != 7 || s.Refused != "" {
		t.Errorf("step %+v", s)
	}
	if e, err := EmbedFiles(s.Embed); err != nil || !slices.Equal(e, []string{"/m/lib/x.txt"}) {
		t.Errorf("embedded %q, %v", e, err)
	}
	k := r.Link
	if !slices.Equal(k.Args, []string{"-s", "-w", "-buildmode=exe", "-extld=gcc"}) || k.Name != "app" ||
		k.BuildID != 7 || !slices.Equal(k.Env, []string{"GOROOT=/go"}) {
		t.Errorf("link %+v", k)
	}
	if len(k.Other) != 1 || !strings.HasPrefix(k.Other[0], "modinfo ") || len(k.Imports) != 3 {
		t.Errorf("link %+v", k)
	}
}

// Each change of the sample is something that the parser must not guess at.
func TestParseRefuses(t *testing.T) {
	needSlashes(t)
	for name, edit := range map[string][2]string{
		"an unknown line":              {"# example.com/m/cmd/app\n#\n", "# example.com/m/cmd/app\n#\nmake -j \"\n"},
		"no link":                      {printed[strings.Index(printed, "cd .\n"):], ""},
		"other files":                  {"./lib/lib.go ", ""},
		"file in an unknown directory": {"./cmd/app/main.go", "./cmd/other/main.go"},
		"unknown archive in importcfg": {"packagefile runtime=$WORK/b007", "packagefile runtime=$WORK/b008"},
		"an archive's wrong package":   {"packagefile runtime=$WORK/b007", "packagefile fmt=$WORK/b007"},
		"strange line in importcfg":    {"packagefile runtime=", "packageshlib runtime="},
		"output elsewhere":             {"compile -o $WORK/b002/_pkg_.a", "compile -o $WORK/b003/_pkg_.a"},
		"ambiguous link flag":          {"-extld=gcc", `-extld=gcc "-X=main.x=a ./b"`},
		"ambiguous word": {
			"-complete -buildid abc/abc -dwarf", "-complete -installsuffix ./x -buildid abc/abc -dwarf",
		},
		"here-document without an end": {"}EOF", "}"},
		"two of one package":           {"# example.com/m/cmd/app\n", "# example.com/m/lib\n"},
		"version control":              {`\nbuild\t-buildmode=exe`, `\nbuild\tvcs.modified=true`},
		"shared library":               {"-s -w -buildmode=exe", "-s -w -buildmode=c-shared"},
		"something after the run":      {"$WORK/b001/exe/app\n", "$WORK/b001/exe/app\nls\n"},
		"quote without an end":         {`"/m/lib/a b.go"`, `"/m/lib/a b.go`},
	} {
		if !strings.Contains(printed, edit[0]) {
			t.Fatalf("%s: the sample lacks %q", name, edit[0])
		}
		text := strings.ReplaceAll(printed, edit[0], edit[1])
		if _, err := Parse([]byte(text), "/m", printedFiles); !errors.Is(err, errNoRecipe) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// A package that needs more than a compile is left to the go command; the others are not.
func TestParseRefusesPackage(t *testing.T) {
	needSlashes(t)
	const (
		flags    = "-complete -buildid abc/abc -goversion"
		embedcfg = "cat >$WORK/b002/embedcfg"
	)
	for name, edit := range map[string][2]string{
		"cgo at first": {
			"#\n# example.com/m/lib\n#\n",
			"TERM='dumb' cgo -objdir $WORK/b002/ a.go\n#\n# example.com/m/lib\n#\n",
		},
		"cgo": {embedcfg, "TERM='dumb' gcc -I . -fno-lto -o $WORK/b002/x.o -c x.c\n" + embedcfg},
		"an object": {
			embedcfg, "go tool pack r $WORK/b002/_pkg_.a ./lib/x.syso # internal\n" + embedcfg,
		},
		"assembly":        {"-pack ./lib/lib.go", "-pack -asmhdr $WORK/b002/go_asm.h ./lib/lib.go"},
		"symabis":         {flags, "-symabis $WORK/b002/symabis " + flags},
		"coverage":        {flags, "-coveragecfg=$WORK/b002/c " + flags},
		"profile":         {flags, "-pgoprofile=/x " + flags},
		"flag that talks": {flags, "-m " + flags},
	} {
		if !strings.Contains(printed, edit[0]) {
			t.Fatalf("%s: the sample lacks %q", name, edit[0])
		}
		r, err := Parse([]byte(strings.Replace(printed, edit[0], edit[1], 1)), "/m", printedFiles)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if s := r.Steps["example.com/m/lib"]; s.Refused == "" {
			t.Errorf("%s: not refused", name)
		} else if !slices.Equal(s.Imports, []string{"runtime"}) {
			t.Errorf("%s: imports %q", name, s.Imports)
		}
		if s := r.Steps["example.com/m/cmd/app"]; s.Refused != "" {
			t.Errorf("%s: main refused: %s", name, s.Refused)
		}
	}
}

// What runs in the directory of another package, before that one's head, is not of the package before.
func TestParseCgoOfTheNext(t *testing.T) {
	needSlashes(t)
	const mkdir = "mkdir -p $WORK/b001/\n"
	cgo := "mkdir -p $WORK/b009/\nTERM='dumb' cgo -objdir $WORK/b009/ a.go\ngcc -I \"\n"
	text := strings.Replace(printed, mkdir, cgo+mkdir, 1)
	r, err := Parse([]byte(text), "/m", printedFiles)
	if err != nil {
		t.Fatal(err)
	}
	for path, s := range r.Steps {
		if s.Refused != "" {
			t.Errorf("%s: %s", path, s.Refused)
		}
	}
}

func TestSplitShown(t *testing.T) {
	words, err := splitShown(`A='b c' D="e'f" /x/y "g\th" -X=k=v ""`)
	if err != nil {
		t.Fatal(err)
	}
	want := []word{{"A=b c", true}, {"D=e'f", true}, {"/x/y", false}, {"g\th", false}, {"-X=k=v", false}, {"", false}}
	if !slices.Equal(words, want) {
		t.Errorf("%v, want %v", words, want)
	}
}

// Whatever is printed, the parser answers, and a step that it returns is one of the wanted files.
func FuzzParse(f *testing.F) {
	f.Add([]byte(printed))
	f.Add([]byte(strings.ReplaceAll(printed, "\n", "\r\n")))
	f.Add([]byte("#\n# x\n#\n"))
	f.Add([]byte("cat >$WORK/b1/x << 'EOF' # internal\nEOF\n"))
	f.Fuzz(func(t *testing.T, out []byte) {
		r, err := Parse(out, "/m", printedFiles)
		if err != nil {
			return
		}
		for path, s := range r.Steps {
			if s.Refused != "" {
				continue
			}
			have := slices.Sorted(slices.Values(s.Files))
			if want := slices.Sorted(slices.Values(printedFiles[path])); !slices.Equal(have, want) {
				t.Errorf("step of %q from %q", path, have)
			}
		}
		r.Ordered()
	})
}
