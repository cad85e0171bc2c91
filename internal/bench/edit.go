package main

// The edits, and the files that they are made in.
//
// Every measured program, generated or the user's own, gets the same few files
// in addition to its own (a copy of a checkout is measured, never the checkout): a
// package that writes down when the process began, one file with something to
// edit in the edited package, one in package main. So every tool is measured by
// the same clock, the program's own, whatever the tool itself prints.

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/gorun-dev/gorun/internal/bench/result"
)

// Variables of the measured program's environment.
const (
	reportEnv = "GORUN_BENCH_REPORT" // file to append the report to
	exitEnv   = "GORUN_BENCH_EXIT"   // set: end after the report
	addrEnv   = "GORUN_BENCH_ADDR"   // where a generated program listens
)

// An edit is how one kind of save is made.
type edit struct {
	result.Save
	exports    bool // it changes what importers see, line numbers at least
	afterRest  bool // it is made when the tool has finished all that it does while nobody saves
	onlyByName bool // it is made only where -edits names it
}

var edits = []edit{
	{Save: result.Body},
	{Save: result.Lines, exports: true},
	{Save: result.Function, exports: true, afterRest: true},
	{Save: result.Closure, exports: true, afterRest: true, onlyByName: true},
	{Save: result.Main},
	{Save: result.Embed},
	{Save: result.Comment},
}

// A text is what has been edited so far.
type text struct {
	body, main, page, comment  string   // a token each
	lines, functions, closures []string // a token for each
	broken                     string   // a name that does not exist, or ""
}

// apply makes an edit. The token is new each time, so that no cache has seen
// the result, and it is what the new process will report.
func (t *text) apply(e string, token string) {
	switch e {
	case "body":
		t.body = token
	case "lines":
		t.lines = append(t.lines, token)
	case "function":
		t.functions = append(t.functions, token)
	case "closure":
		t.closures = append(t.closures, token)
	case "main":
		t.main = token
	case "embed":
		t.page = token
	case "comment":
		t.comment = token
	case "broken":
		t.broken = token
	default:
		panic("no such edit: " + e)
	}
}

// newText is what a turn begins with.
func newText() *text {
	return &text{body: "body0", main: "main0", page: "page0", comment: "comment0"}
}

// Sites are the places in a module where edits are made.
type sites struct {
	module  string // module path
	root    string // module's directory
	mainDir string // package main, relative to root, with slashes
	libDir  string // the edited package, likewise
	libName string // its name
}

// The names cannot be those of somebody's own files.
const (
	libFile  = "gorun_bench_lib.go"
	mainFile = "gorun_bench_main.go"
	pageFile = "gorun_bench_page.html" // an ending that most tools watch
	stampDir = "gorunbench"
)

// fileOf returns the file that an edit changes.
func (s *sites) fileOf(e string) string {
	switch e {
	case "main":
		return filepath.Join(s.root, filepath.FromSlash(s.mainDir), mainFile)
	case "embed":
		return filepath.Join(s.root, filepath.FromSlash(s.libDir), pageFile)
	}
	return filepath.Join(s.root, filepath.FromSlash(s.libDir), libFile)
}

// content returns what that file holds for a text.
func (s *sites) content(e string, t *text) string {
	switch e {
	case "main":
		return s.mainText(t)
	case "embed":
		return s.pageText(t)
	}
	return s.libText(t)
}

// write writes all files.
func (s *sites) write(t *text) error {
	stamp := path.Join(s.module, stampDir)
	files := map[string]string{
		filepath.Join(s.root, stampDir, "first", "first.go"): firstText,
		filepath.Join(s.root, stampDir, "report.go"):         reportFile(stamp + "/first"),
	}
	for _, e := range []string{"body", "main", "embed"} {
		files[s.fileOf(e)] = s.content(e, t)
	}
	for name, text := range files {
		if err := writeFile(name, text); err != nil {
			return err
		}
	}
	return nil
}

// firstText is a package that needs next to nothing, so that it is initialised
// as soon as the runtime is.
const firstText = `// Package first knows when the process began.
package first

import "time"

// At is the time of the first instruction that is the program's own.
var At = time.Now().UnixNano()
`

const reportText = `// Package gorunbench writes down when the process began and what is in it.
package gorunbench

import (
	"fmt"
	"os"
	"strings"

	%q
)

var tokens []string

// Add adds a token to the report.
func Add(list ...string) { tokens = append(tokens, list...) }

// Report appends a line to the report's file.
func Report() {
	name := os.Getenv(%q)
	if name == "" {
		return
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(f, "%%d %%d %%s\n", os.Getpid(), first.At, strings.Join(tokens, " "))
	f.Close()
	if os.Getenv(%q) != "" {
		os.Exit(0)
	}
}
`

func reportFile(first string) string { return fmt.Sprintf(reportText, first, reportEnv, exitEnv) }

func (s *sites) libText(t *text) string {
	var b strings.Builder
	fmt.Fprintf(&b, `package %s

import (
	_ "embed"
	"strings"

	%q
)

//go:embed %s
var gorunBenchPage string

func init() {
	gorunbench.Add(GorunBenchBody(), strings.TrimSpace(gorunBenchPage))
}

// GorunBenchBody is edited: %s.
func GorunBenchBody() string {
	list := []string{%q}
`, s.libName, path.Join(s.module, stampDir), pageFile, t.comment, t.body)
	for _, token := range t.lines {
		fmt.Fprintf(&b, "\tlist = append(list, %q)\n", token)
	}
	for _, token := range t.functions {
		fmt.Fprintf(&b, "\tlist = gorunBench_%s(list)\n", token)
	}
	for _, token := range t.closures {
		fmt.Fprintf(&b, "\tlist = strings.FieldsFunc(strings.Join(append(list, %q), \" \"), "+
			"func(r rune) bool { return r == ' ' })\n", token)
	}
	if t.broken != "" {
		fmt.Fprintf(&b, "\tlist = append(list, %s)\n", t.broken)
	}
	b.WriteString(`	defer func() { list = nil }() // too much to be inlined
	return strings.Join(list, " ")
}
`)
	for _, token := range t.functions {
		fmt.Fprintf(&b, `
func gorunBench_%[1]s(list []string) []string {
	for _, old := range list {
		if old == %[1]q {
			return list
		}
	}
	return append(list, %[1]q)
}
`, token)
	}
	b.WriteString(`
// GorunBenchSmall stands below the edits, and importers inline it.
func GorunBenchSmall(x int) int { return x + 1 }
`)
	return b.String()
}

func (s *sites) mainText(t *text) string {
	return fmt.Sprintf(`package main

import %q

func init() {
	gorunbench.Add(%q)
	gorunbench.Report()
}
`, path.Join(s.module, stampDir), t.main)
}

func (s *sites) pageText(t *text) string { return t.page + "\n" }

func editNamed(name string) edit {
	for _, e := range edits {
		if e.Name == name {
			return e
		}
	}
	return edit{Save: result.Save{Name: name}}
}
