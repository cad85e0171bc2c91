//go:build unix

// The conformity of gorun to the go command's own test scripts: each is run with
// gorun in the place of `go run` and must end as it does there.
//
// The scripts, the modules they download and the engine that runs them are
// those of GOROOT/src/cmd/go: its test is compiled as it is, and started in a
// directory where the scripts are copies with `go run` replaced. Nothing of them is
// kept here.
//
// Rejected: a script engine of our own (it would have to imitate the test's
// module proxy, its version control server and its go command that plays other
// versions), and an -overlay over the test's source (it would depend on what
// that looks like; the scripts' form is stable).

package e2etest

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gorun-dev/gorun/internal/proctest"
)

// all runs the slow scripts, too.
var all = flag.Bool("all", false, "run the scripts that are listed as slow, too: ten minutes on two cores")

// notRun are scripts that have the words "go run" in them but run nothing with
// it that gorun could stand for.
var notRun = map[string]string{
	"cover_build_cmdline_pkgs":      "only a comment speaks of go run",
	"cover_error":                   "only a comment speaks of go run",
	"install_modcacherw_issue64282": "only a comment speaks of go run",
	"mod_vendor":                    "only a comment speaks of go run",
}

// slow are scripts that compile large parts of the standard library anew, most
// of it for other commands than go run.
var slow = map[string]string{
	"build_cache_trimpath":   "begins with an empty GOCACHE",
	"build_cwd_newline":      "rebuilds runtime/cgo for its own flags",
	"build_overlay":          "builds with several toolchain settings",
	"build_pgo":              "builds the standard library with a profile",
	"build_tag_goexperiment": "builds the standard library with another GOEXPERIMENT",
	"build_trimpath_cgo":     "builds the standard library with -trimpath",
	"build_trimpath_goroot":  "builds the standard library with -trimpath",
	"cgo_path_space_quote":   "builds a C compiler's stand-in and cgo packages with it",
	"cgo_trimpath_macro":     "builds cgo packages with -trimpath",
	"tool_exename":           "links the go command's tools",
}

// differs are scripts that gorun does not satisfy, and why that is known.
var differs = map[string]string{}

// amended are lines that a script needs before its go run where gorun stands in
// for it.
var amended = map[string]string{
	// The script empties PATH but for a directory of its own. The go command of the
	// test is nowhere then; gorun, unlike the test's engine, has to find it.
	"gotoolchain_path": "symlink $WORK/bin/go -> $TESTGO_EXE",
}

// A verdict is how a script ended.
type verdict string

const (
	pass verdict = "PASS"
	fail verdict = "FAIL"
	skip verdict = "SKIP" // by a condition of its own
)

func TestScripts(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the go command's own test")
	}
	src := filepath.Join(proctest.GoEnv(t, "GOROOT"), "src", "cmd", "go")
	scripts, err := filepath.Glob(filepath.Join(src, "testdata", "script", "*.txt"))
	if err != nil || len(scripts) == 0 {
		t.Skipf("no scripts in %s: this GOROOT comes without cmd/go's tests", src)
	}
	dir := t.TempDir()
	engine := filepath.Join(dir, "cmdgo.test")
	if out, err := osexec.Command("go", "test", "-c", "-o", engine, "cmd/go").CombinedOutput(); err != nil {
		t.Fatalf("compiling cmd/go's test: %v\n%s", err, out)
	}
	gorun := filepath.Join(dir, "bin", "gorun")
	proctest.Install(t, gorun)

	ours := newDir(t, filepath.Join(dir, "gorun"), src)
	theirs := newDir(t, filepath.Join(dir, "go"), src)
	var names []string
	for _, file := range scripts {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		script, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !goRun.Match(script) {
			continue
		}
		amendedScript, n := replaceGoRun(string(script), gorun, amended[name])
		switch {
		case notRun[name] != "":
			if n > 0 {
				t.Errorf("%s runs %d times what this test takes for no go run", name, n)
			}
			t.Logf("%s left out: %s", name, notRun[name])
		case n == 0:
			t.Errorf("%s: no command found where gorun could stand for go run: say in notRun why", name)
		case slow[name] != "" && !*all:
			t.Logf("%s left out without -all: %s", name, slow[name])
		case differs[name] != "":
			t.Logf("%s left out: %s", name, differs[name])
		default:
			names = append(names, name)
			ours.add(t, name, amendedScript)
			theirs.add(t, name, string(script))
		}
	}
	if len(names) < 30 {
		t.Errorf("only %d scripts to run: the search looks for the wrong thing", len(names))
	}

	got := ours.run(t, engine, names)
	// What fails with gorun may fail with go run, too: for want of a network, of
	// a C compiler, of a user who is not root.
	var failed []string
	for _, name := range names {
		if got[name].verdict == fail {
			failed = append(failed, name)
		}
	}
	want := map[string]outcome{}
	if failed != nil {
		want = theirs.run(t, engine, failed)
	}
	count := map[verdict]int{}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			count[got[name].verdict]++
			switch o := got[name]; o.verdict {
			case pass:
			case skip:
				t.Skipf("the script skips itself here:\n%s", o.log)
			default:
				if w := want[name]; w.verdict == fail {
					t.Skipf("fails here with go run, too:\n%s", w.log)
				}
				t.Errorf("passes with go run, not with gorun:\n%s", o.log)
			}
		})
	}
	t.Logf("%d scripts: %d pass, %d skip themselves, %d fail", len(names), count[pass], count[skip], count[fail])
}

var (
	goRun = regexp.MustCompile(`\bgo run\b`)

	// goRunLine is a command of a script: conditions, then the wish that it
	// fails, or may fail.
	goRunLine = regexp.MustCompile(`(?m)^((?:\[[^\]]*\] *)*(?:[!?] *)?)go run\b`)

	goGenerate = regexp.MustCompile(`(?m)^//go:generate go run\b`)

	// NOTE(gorun): go run says which status the program had and ends with 1;
	// gorun passes the status on and says nothing.
	exitStatus = regexp.MustCompile(`exit status \d+\\n`)
)

// replaceGoRun returns a script with gorun in the place of go run, and in how
// many. Each place has the line before put before it.
func replaceGoRun(script, gorun, before string) (string, int) {
	commands, files := script, ""
	if i := strings.Index("\n"+script, "\n-- "); i >= 0 {
		commands, files = script[:i], script[i:]
	}
	n := len(goRunLine.FindAllString(commands, -1)) + len(goGenerate.FindAllString(files, -1))
	if before != "" {
		before += "\n"
	}
	commands = goRunLine.ReplaceAllStringFunc(commands, func(line string) string {
		return before + strings.TrimSuffix(line, "go run") + "exec '" + gorun + "' -once"
	})
	commands = exitStatus.ReplaceAllString(commands, "")
	files = goGenerate.ReplaceAllString(files, "//go:generate "+strconv.Quote(gorun))
	return commands + files, n
}

func TestReplaceGoRun(t *testing.T) {
	const script = "# go run\n" +
		"go run x\n" +
		"[!short] ! go run y\n" +
		"stderr 'no\\nexit status 1\\n\\z'\n" +
		"cmp go run\n" +
		"-- x.go --\n" +
		"//go:generate go run .\n" +
		"go run z\n"
	const want = "# go run\n" +
		"# amended\nexec '/bin/gorun' -once x\n" +
		"# amended\n[!short] ! exec '/bin/gorun' -once y\n" +
		"stderr 'no\\n\\z'\n" +
		"cmp go run\n" +
		"-- x.go --\n" +
		"//go:generate \"/bin/gorun\" .\n" +
		"go run z\n"
	got, n := replaceGoRun(script, "/bin/gorun", "# amended")
	if got != want || n != 3 {
		t.Errorf("%d places:\n%s\nwant 3:\n%s", n, got, want)
	}
}

// A directory is where cmd/go's test finds what its own directory has.
type directory string

func newDir(t *testing.T, dir, src string) directory {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(dir, "testdata", "script"), 0o777); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Join(src, "testdata"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() == "script" {
			continue
		}
		if err := os.Symlink(filepath.Join(src, "testdata", e.Name()), filepath.Join(dir, "testdata", e.Name())); err != nil {
			t.Skipf("no symbolic links: %v", err)
		}
	}
	return directory(dir)
}

func (f directory) add(t *testing.T, name, script string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(string(f), "testdata", "script", name+".txt"), []byte(script),
		0o666); err != nil {
		t.Fatal(err)
	}
}

// An outcome is a script's verdict and what was said on the way to it.
type outcome struct {
	verdict verdict
	log     string
}

// run runs scripts. One that did not come to an end has failed.
func (f directory) run(t *testing.T, engine string, names []string) map[string]outcome {
	t.Helper()
	args := []string{"-test.timeout=30m", "-test.v", "-test.run=^TestScript$/^(" + strings.Join(names, "|") + ")$"}
	cmd := osexec.CommandContext(t.Context(), engine, args...)
	cmd.Dir = string(f)
	// CI would only repeat what -once says; GOFLAGS and gorun's own are the
	// scripts' to set.
	cmd.Env = slices.DeleteFunc(os.Environ(), func(kv string) bool {
		return strings.HasPrefix(kv, "GORUN") || strings.HasPrefix(kv, "CI=")
	})
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	outcomes := outcomes(out.Bytes())
	for _, name := range names {
		if _, ok := outcomes[name]; !ok {
			outcomes[name] = outcome{fail, fmt.Sprintf("it did not end: %v\n%s", err, tail(out.String()))}
		}
	}
	return outcomes
}

var (
	logLine     = regexp.MustCompile(`^=== (?:RUN|CONT|NAME|PAUSE) +TestScript/(\S+)$`)
	verdictLine = regexp.MustCompile(`^ +--- (PASS|FAIL|SKIP): TestScript/(\S+) \(`)
)

// outcomes reads what a test prints with -v.
func outcomes(out []byte) map[string]outcome {
	logs := make(map[string]*strings.Builder)
	verdicts := make(map[string]verdict)
	var log *strings.Builder
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		line := lines.Text()
		if m := logLine.FindStringSubmatch(line); m != nil {
			if log = logs[m[1]]; log == nil {
				log = new(strings.Builder)
				logs[m[1]] = log
			}
			continue
		}
		if m := verdictLine.FindStringSubmatch(line); m != nil {
			verdicts[m[2]] = verdict(m[1])
			log = nil
			continue
		}
		if log != nil {
			fmt.Fprintln(log, line)
		}
	}
	res := make(map[string]outcome)
	for name, v := range verdicts {
		o := outcome{verdict: v}
		if l := logs[name]; l != nil {
			o.log = tail(l.String())
		}
		res[name] = o
	}
	return res
}

// tail returns the last lines of a log: a script's last commands.
func tail(s string) string {
	lines := strings.Split(strings.TrimRight(s, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-40):], "\n")
}
