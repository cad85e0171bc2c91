package tagexpr

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestGoList holds Match against the go command: random trees of files under many configurations, one `go list` for all
// trees of a configuration. Half of the trees have broken files, too; the go command is told to read those without its
// index, which answers differently (see the package comment), the others with it.
func TestGoList(t *testing.T) {
	trees, files := 48, 100
	if testing.Short() {
		trees, files = 4, 50
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed) // printed when something fails
	rnd := rand.New(rand.NewPCG(seed, 1))
	root := t.TempDir()
	write(t, filepath.Join(root, "go.mod"), "module example.com/m\n\ngo 1.26\n")
	var sound, broken []*tree
	for i := range trees {
		tr := &tree{dir: fmt.Sprintf("t%03d", i), broken: i%2 == 1, files: map[string]string{}}
		for n := range files {
			name := randomName(rnd, n)
			tr.files[name] = randomFile(rnd, name, tr.broken)
			write(t, filepath.Join(root, tr.dir, name), tr.files[name])
		}
		if tr.broken {
			broken = append(broken, tr)
		} else {
			sound = append(sound, tr)
		}
	}

	configs := []struct {
		env  string
		args []string
	}{
		{"GOOS=linux GOARCH=amd64 CGO_ENABLED=1", nil},
		{"GOOS=linux GOARCH=amd64 CGO_ENABLED=1", []string{"-tags=dev,windows"}},
		{"GOOS=linux GOARCH=amd64 CGO_ENABLED=1", []string{"-race", "-tags=prod 'dev' cgo"}},
		{"GOOS=linux GOARCH=amd64 CGO_ENABLED=0", []string{"-tags=cgo"}},
		{"GOOS=windows GOARCH=arm64 CGO_ENABLED=0", []string{"-tags", "prod,,ignore"}},
		{"GOOS=android GOARCH=arm64 CGO_ENABLED=1", nil},
		{"GOOS=illumos GOARCH=amd64 CGO_ENABLED=0", []string{"-tags=dev"}},
		{"GOOS=ios GOARCH=arm64 CGO_ENABLED=1", nil},
		{"GOOS=darwin GOARCH=arm64 CGO_ENABLED=0", []string{"-tags=gccgo"}},
		{"GOOS=js GOARCH=wasm CGO_ENABLED=0 GOEXPERIMENT=boringcrypto", []string{"-tags=prod"}},
	}
	if testing.Short() {
		configs = configs[1:5]
	}
	compared := 0
	for _, cfg := range configs {
		t.Run(strings.ReplaceAll(cfg.env+" "+strings.Join(cfg.args, " "), " ", ","), func(t *testing.T) {
			env := strings.Fields(cfg.env)
			c := listContext(t, root, env, cfg.args)
			compared += compare(t, c, root, env, cfg.args, sound)
			compared += compare(t, c, root, append(env, "GODEBUG=goindex=0"), cfg.args, broken)
		})
	}
	t.Logf("%d verdicts compared", compared)
	if want := len(configs) * trees * files; !t.Failed() && compared != want {
		t.Errorf("compared %d verdicts, not %d", compared, want)
	}
}

// TestGoListFiles does the same for files named on the command line, whose tags do not count.
func TestGoListFiles(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "go.mod"), "module example.com/m\n\ngo 1.26\n")
	tr := &tree{files: map[string]string{
		"a_windows.go": "package p\n", "b.go": "//go:build ignore\n\npackage p\n", "_c.go": "package p\n",
		"d.go": "package p\n\nimport \"C\"\n", "e.go": "package p\n",
	}}
	for name, src := range tr.files {
		write(t, filepath.Join(root, name), src)
	}
	for _, cgo := range []string{"CGO_ENABLED=0", "CGO_ENABLED=1"} {
		env := []string{"GOOS=linux", "GOARCH=amd64", cgo}
		c := listContext(t, root, env, nil)
		c.UseAllFiles = true
		args := tr.names()
		for _, p := range goList(t, root, env, args) {
			if n := p.compare(t, c, tr); n != len(tr.files) {
				t.Errorf("compared %d verdicts, not %d", n, len(tr.files))
			}
		}
	}
}

type tree struct {
	dir    string
	broken bool              // may hold files that the go command refuses
	files  map[string]string // by name
}

func (tr *tree) names() []string {
	var names []string
	for name := range tr.files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// compare runs one `go list` over trees and returns how many verdicts it compared.
func compare(t *testing.T, c *Context, root string, env, args []string, trees []*tree) int {
	t.Helper()
	byDir := map[string]*tree{}
	args = slices.Clone(args)
	for _, tr := range trees {
		args = append(args, "./"+tr.dir)
		byDir[tr.dir] = tr
	}
	n := 0
	for _, p := range goList(t, root, env, args) {
		n += p.compare(t, c, byDir[filepath.Base(p.Dir)])
	}
	return n
}

// listed is what is compared of `go list -json`.
type listed struct {
	Dir                                                                                  string
	GoFiles, CgoFiles, TestGoFiles, XTestGoFiles                                         []string
	IgnoredGoFiles, IgnoredOtherFiles, InvalidGoFiles                                    []string
	CFiles, CXXFiles, MFiles, HFiles, FFiles, SFiles, SwigFiles, SwigCXXFiles, SysoFiles []string
}

func (p *listed) compare(t *testing.T, c *Context, tr *tree) (n int) {
	t.Helper()
	in := slices.Concat(p.GoFiles, p.CgoFiles, p.CFiles, p.CXXFiles, p.MFiles, p.HFiles, p.FFiles, p.SFiles, p.SwigFiles,
		p.SwigCXXFiles, p.SysoFiles)
	ignored := slices.Concat(p.IgnoredGoFiles, p.IgnoredOtherFiles)
	tests := slices.Concat(p.TestGoFiles, p.XTestGoFiles)
	for name, src := range tr.files {
		v := c.Match(name, []byte(src))
		bad := func(format string, args ...any) {
			t.Errorf("%s/%s: included %v, reason %q, error %v; %s\n%q", tr.dir, name, v.Included, v.Reason, v.Err,
				fmt.Sprintf(format, args...), src)
		}
		n++
		want := v.Included
		ext := path.Ext(name)
		if (ext == ".S" || ext == ".sx") && len(p.CgoFiles) == 0 {
			want = false // the rule that is the caller's
		}
		dropped := needsCgo(name) && ext != ".S" && ext != ".sx" && !c.CgoEnabled && !tr.broken
		switch {
		case needsCgo(name) && tr.broken:
			continue // a refused package is not loaded so far that the go command drops them
		case slices.Contains(in, name) != want:
			bad("go list says otherwise")
		case v.Err != nil && !slices.Contains(p.InvalidGoFiles, name) && ext == ".go":
			bad("go list has no fault with it")
		case v.Err == nil && slices.Contains(p.InvalidGoFiles, name):
			bad("go list refuses it")
		case slices.Contains(tests, name) && v.Reason != "test file":
			bad("go list has it as a test")
		case v.Included && slices.Contains(ignored, name) && want:
			bad("go list ignores it")
		case !v.Included && v.Err == nil && unknownName(name) == "" && !dropped && !slices.Contains(ignored, name) &&
			!slices.Contains(tests, name):
			bad("go list does not ignore it")
		}
	}
	return n
}

// listContext asks the go command for its configuration: the one thing that Match is told.
func listContext(t *testing.T, dir string, env, args []string) *Context {
	t.Helper()
	const format = `{{with context}}{{.GOOS}};{{.GOARCH}};{{.Compiler}};{{.CgoEnabled}};` +
		`{{join .BuildTags " "}};{{join .ToolTags " "}};{{join .ReleaseTags " "}}{{end}}`
	out := runGo(t, dir, env, slices.Concat([]string{"list", "-f", format}, args, []string{"unsafe"}))
	f := strings.Split(strings.TrimSpace(string(out)), ";")
	if len(f) != 7 {
		t.Fatalf("go list -f: %s", out)
	}
	c := &Context{
		GOOS: f[0], GOARCH: f[1], Compiler: f[2], CgoEnabled: f[3] == "true",
		BuildTags: strings.Fields(f[4]), ToolTags: strings.Fields(f[5]), ReleaseTags: strings.Fields(f[6]),
	}
	for i, arg := range args { // the -tags list must come out as the go command reads it
		list, ok := strings.CutPrefix(arg, "-tags=")
		if arg == "-tags" {
			list, ok = args[i+1], true
		}
		if !ok {
			continue
		}
		if tags, err := ParseTags(list); err != nil || !slices.Equal(tags, c.BuildTags) {
			t.Errorf("ParseTags(%q) = %q, %v; the go command: %q", list, tags, err, c.BuildTags)
		}
	}
	return c
}

func goList(t *testing.T, dir string, env, args []string) []*listed {
	t.Helper()
	out := runGo(t, dir, env, append([]string{"list", "-e", "-json"}, args...))
	var all []*listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		p := new(listed)
		if err := dec.Decode(p); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func runGo(t *testing.T, dir string, env, args []string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PWD="+dir, "GOFLAGS=", "GOWORK=off", "GO111MODULE=on", "GOEXPERIMENT=", "GODEBUG=")
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.Output()
	if err != nil {
		var stderr []byte
		if e, ok := err.(*exec.ExitError); ok {
			stderr = e.Stderr
		}
		t.Fatalf("go %q: %v\n%s", args, err, stderr)
	}
	return out
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
	// Old enough for the go command's index.
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(file, old, old); err != nil {
		t.Fatal(err)
	}
}

func pick(rnd *rand.Rand, words ...string) string { return words[rnd.IntN(len(words))] }

// randomName gives a name that no other n has.
func randomName(rnd *rand.Rand, n int) string {
	name := fmt.Sprintf("%s%s%d", pick(rnd, "", "", "", "", "", "", "", "", "_", "."), pick(rnd, "f", "linux", "x_"), n)
	for range rnd.IntN(4) {
		name += "_" + pick(rnd, "linux", "windows", "darwin", "android", "ios", "illumos", "solaris", "js", "unix", "zos",
			"Linux",
			"amd64", "arm64", "386", "wasm", "test", "x", "", "amd64p32", "dev", "cgo", "go1.1", "ignore")
	}
	name += pick(rnd, "", "", "", "", "", "_test", "_amd64", "_linux", "_windows", "_linux_amd64", "_darwin_arm64", ".x")
	return name + pick(rnd, ".go", ".go", ".go", ".go", ".go", ".go", ".s", ".S", ".sx", ".c", ".cc", ".cpp", ".cxx", ".m",
		".h", ".hh", ".hpp", ".hxx", ".syso",
		".f", ".F", ".for", ".f90", ".swig", ".swigcxx", ".txt", ".GO", ".go~", "")
}

// randomFile gives a content of comments, constraints in right and wrong places and, in Go, a package clause.
func randomFile(rnd *rand.Rand, name string, broken bool) string {
	goFile := path.Ext(name) == ".go"
	var b strings.Builder
	if rnd.IntN(20) == 0 {
		b.WriteString("\ufeff")
	}
	goBuild := 0
	header := func() {
		for range rnd.IntN(6) {
			line := pick(rnd, "", "", "", "// a comment", "/* a comment */", "/* long\n\n// +build never\n//go:build never\n*/",
				"//go:generate x", "//go:buildx y", "// go:build never",
				"GOBUILD", "GOBUILD", "PLUS", "PLUS", "PLUS", "//+build "+randomOld(rnd), " \t// +build "+randomOld(rnd),
				"// +build", "// +buildx y", "/* x */ // +build never")
			switch line {
			case "GOBUILD":
				if goBuild++; goBuild > 1 && !broken {
					continue
				}
				line = pick(rnd, "", "", "", " ", "\t") + "//go:build " + randomExpr(rnd, 3)
				if broken && rnd.IntN(8) == 0 {
					line = "//go:build " + pick(rnd, "", "(", "a b", "!!a", "a &", "&& a", "a-b", "a,b")
				}
			case "PLUS":
				line = "// +build " + randomOld(rnd)
			}
			b.WriteString(line + pick(rnd, "\n", "\n", "\n", "\n\n", "\r\n"))
		}
	}
	header()
	if goFile {
		if strings.HasSuffix(name, "_test.go") {
			b.WriteString(pick(rnd, "package p\n", "package p_test\n"))
		} else {
			b.WriteString(pick(rnd, "package p\n", "package p\n", "package p\n", "package p\n", "package p // +build never\n",
				"package p;", "package documentation\n"))
			if broken && rnd.IntN(20) == 0 {
				b.WriteString(pick(rnd, "import \"", "import x\n", "}{", "import \"x\x00\"", "import 'x'\n"))
			}
			if rnd.IntN(8) == 0 {
				b.WriteString(pick(rnd, "import \"C\"\n", "import `C`\n", "import (\n\t// x\n\t\"C\"\n)\n",
					"/*\n#cgo LDFLAGS: -lm\n*/\nimport \"C\"\n"))
			}
		}
	} else {
		b.WriteString(pick(rnd, "", "\tRET\n", "RET\n", "#include <x.h>\n", "; x\n", "\t; x\n", "  "))
		if broken && rnd.IntN(10) == 0 {
			b.WriteString(pick(rnd, "/", "/* no end", "\x00", "/\x00"))
		}
	}
	if rnd.IntN(3) == 0 && (goFile || broken) { // elsewhere it may still be the header
		b.WriteString("\n//go:build never\n\n// +build never\n\n")
	}
	return b.String()
}

func randomTag(rnd *rand.Rand) string {
	return pick(rnd, "dev", "prod", "dev", "prod", "linux", "windows", "darwin", "android", "solaris", "illumos", "ios",
		"unix", "amd64", "arm64", "wasm", "cgo", "gc", "gccgo",
		"go1.1", "go1.21", "go1.26", "go1.99", "race", "ignore", "boringcrypto", "goexperiment.boringcrypto", "amd64.v1",
		"Dev", "été", "1")
}

func randomExpr(rnd *rand.Rand, depth int) string {
	if depth == 0 {
		return randomTag(rnd)
	}
	switch rnd.IntN(6) {
	case 0:
		return randomExpr(rnd, depth-1) + " && " + randomExpr(rnd, depth-1)
	case 1:
		return randomExpr(rnd, depth-1) + "||" + randomExpr(rnd, depth-1)
	case 2:
		return "!(" + randomExpr(rnd, depth-1) + ")"
	case 3:
		return "!" + randomTag(rnd)
	}
	return randomTag(rnd)
}

// randomOld gives what stands after +build, not always well formed: that is never an error.
func randomOld(rnd *rand.Rand) string {
	var clauses []string
	for range 1 + rnd.IntN(3) {
		clause := pick(rnd, "", "", "!") + randomTag(rnd)
		if rnd.IntN(3) == 0 {
			clause += "," + pick(rnd, "", "", "!") + randomTag(rnd)
		}
		if rnd.IntN(15) == 0 {
			clause = pick(rnd, "!!dev", "!", "a-b", ",", "dev,", "(dev)", "&&")
		}
		clauses = append(clauses, clause)
	}
	return strings.Join(clauses, " ")
}
