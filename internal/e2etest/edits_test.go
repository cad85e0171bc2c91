//go:build unix

package e2etest

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	osexec "os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorun-dev/gorun/internal/longtest"
	"github.com/gorun-dev/gorun/internal/proctest"
)

var (
	editsFlag = flag.Int("edits", 0, "how many random edits TestEdits makes; 0 means 40, and 200 with the long tests")
	seed      = flag.Uint64("seed", 0, "what TestEdits and TestDeaths begin their random choices with; 0: the time")
)

func random(t *testing.T) *rand.Rand {
	s := *seed
	if s == 0 {
		s = uint64(time.Now().UnixNano())
	}
	t.Logf("-seed=%d", s)
	return rand.New(rand.NewPCG(s, 0))
}

// TestEdits edits a module at random while gorun runs it. After each burst of
// edits the program that runs must be the one that `go build` makes of the files;
// where that fails, the one that ran before.
func TestEdits(t *testing.T) {
	t.Parallel()
	r := random(t)
	dir := t.TempDir()
	m := newModule(filepath.Join(dir, "module"), r)
	g := startLive(t, dir, m.dir)
	oracle := filepath.Join(dir, "oracle")

	want, why := m.fingerprint(t, oracle)
	if why != "" {
		t.Fatalf("the module is broken from the start:\n%s", why)
	}
	good := maps.Clone(m.files)
	edits := cmp.Or(*editsFlag, longtest.Cases(40, 200))
	var broken, builds int
	for i := 0; i < edits; {
		failures := g.failures()
		var said []string
		for range 1 + r.IntN(3)*r.IntN(2) {
			said = append(said, m.edit(good))
			i++
			proctest.Pause(time.Duration(r.IntN(4)*r.IntN(100)) * time.Millisecond)
		}
		next, why := m.fingerprint(t, oracle)
		if why != "" {
			// The program that runs is the last good one, or one that was good
			// between two edits of this burst.
			broken++
			if !proctest.Eventually(func() bool { return g.failures() > failures || m.wasBroken }, nil) {
				t.Fatalf("after %q go build fails and gorun does not say so:\n%s\ngorun:\n%s", said, why, g)
			}
			m.wasBroken = true
			continue
		}
		builds++
		want = next
		if !proctest.Eventually(func() bool { return g.running() == want }, nil) {
			t.Fatalf("after %q this runs:\n%s\nand go build makes:\n%s\ngorun:\n%s", said, g.running(), want, g)
		}
		m.wasBroken = false
		good = maps.Clone(m.files)
	}
	t.Logf("%d edits: %d times go build succeeded, %d times it failed; %d starts of the program", edits, builds,
		broken, strings.Count(g.out.String(), startMark))
}

// startMark is what the program prints before its fingerprint.
const startMark = "START "

// live is a running gorun.
type live struct {
	out, err proctest.Output
}

func startLive(t *testing.T, dir, module string, flags ...string) *live {
	t.Helper()
	gorun := filepath.Join(dir, "bin", "gorun")
	proctest.Install(t, gorun)
	g := new(live)
	cmd := osexec.Command(gorun, append(append([]string{"-watch"}, flags...), ".")...)
	cmd.Dir = module
	tmp := filepath.Join(dir, "tmp")
	if err := os.Mkdir(tmp, 0o777); err != nil {
		t.Fatal(err)
	}
	// Without records: their recorder would outlive the test's directory.
	cmd.Env = append(os.Environ(), "GORUNCACHE=off", "TMPDIR="+tmp, "CI=", "GOFLAGS=", "GORUNDEBUG=watch,plan,exec")
	cmd.Stdout, cmd.Stderr = &g.out, &g.err
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		cmd.Wait()
	})
	if !proctest.Eventually(func() bool { return g.running() != "" }, nil) {
		t.Fatalf("the program does not start:\n%s", g)
	}
	return g
}

// running returns the fingerprint of the program that was started last.
func (g *live) running() string {
	out := g.out.String()
	i := strings.LastIndex(out, startMark)
	if i < 0 || !strings.HasSuffix(out, "\n") {
		return ""
	}
	return strings.TrimSpace(out[i+len(startMark):])
}

func (g *live) failures() int { return strings.Count(g.err.String(), "gorun: build failed") }

func (g *live) String() string {
	lines := strings.Split(g.err.String(), "\n")
	return strings.Join(lines[max(0, len(lines)-60):], "\n")
}

// A module is a tree of files and their likeness in memory.
type module struct {
	dir       string
	r         *rand.Rand
	files     map[string]string // by path below dir
	wasBroken bool
	serial    int
}

const packages = 6

func newModule(dir string, r *rand.Rand) *module {
	m := &module{dir: dir, r: r, files: map[string]string{}}
	m.write("go.mod", "module example.com/m\n\ngo 1.26\n")
	m.write("main.go", `package main

import (
	"os"
	"time"

	"example.com/m/p0"
)

func main() {
	os.Stdout.WriteString("START " + p0.Print() + "\n")
	if len(os.Args) == 1 {
		time.Sleep(time.Hour)
	}
}
`)
	for i := range packages {
		m.write(fmt.Sprintf("p%d/p.go", i), fmt.Sprintf(`package p%d

import (
	"embed"
	"io/fs"
	"strings"
)

//go:embed data
var data embed.FS

var parts []string

func Print() string {
	s := "p%[1]d{" + strings.Join(parts, ",")
	fs.WalkDir(data, ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			b, _ := data.ReadFile(path)
			s += " " + path + "=" + string(b)
		}
		return err
	})
	return s + "}"
}
`, i))
		m.write(fmt.Sprintf("p%d/data/a.txt", i), "a0")
		m.write(fmt.Sprintf("p%d/x.go", i), m.part(i, ""))
		if i+1 < packages {
			m.write(fmt.Sprintf("p%d/imports0.go", i), imports(i, i+1))
		}
	}
	return m
}

// part is a file that takes part in a package's fingerprint.
func (m *module) part(pkg int, constraint string) string {
	m.serial++
	if constraint != "" {
		constraint = "//go:build " + constraint + "\n\n"
	}
	return fmt.Sprintf("%spackage p%d\n\nfunc init() { parts = append(parts, \"v%04d\") }\n", constraint, pkg, m.serial)
}

func imports(from, to int) string {
	return fmt.Sprintf("package p%d\n\nimport \"example.com/m/p%d\"\n\nfunc init() { parts = append(parts, p%[2]d.Print()) }\n", from, to)
}

// write saves a file in one of the ways of editors.
func (m *module) write(file, text string) {
	m.files[file] = text
	path := filepath.Join(m.dir, filepath.FromSlash(file))
	os.MkdirAll(filepath.Dir(path), 0o777)
	if m.r.IntN(2) == 0 {
		os.WriteFile(path, []byte(text), 0o666)
		return
	}
	os.WriteFile(path+"~", []byte(text), 0o666)
	os.Rename(path+"~", path)
}

func (m *module) remove(file string) {
	delete(m.files, file)
	os.Remove(filepath.Join(m.dir, filepath.FromSlash(file)))
}

// restore makes the files what they were.
func (m *module) restore(files map[string]string) {
	for _, file := range slices.Sorted(maps.Keys(files)) {
		if m.files[file] != files[file] {
			m.write(file, files[file])
		}
	}
	for _, file := range slices.Sorted(maps.Keys(m.files)) {
		if _, ok := files[file]; !ok {
			m.remove(file)
		}
	}
}

// pick returns a file whose name ends so, "" if there is none.
func (m *module) pick(suffix string) string {
	var list []string
	for _, file := range slices.Sorted(maps.Keys(m.files)) {
		if strings.HasSuffix(file, suffix) {
			list = append(list, file)
		}
	}
	if list == nil {
		return ""
	}
	return list[m.r.IntN(len(list))]
}

// edit makes one random edit and says which. A tree that is broken is mended
// more often than not.
func (m *module) edit(good map[string]string) string {
	if m.wasBroken && m.r.IntN(3) > 0 {
		m.restore(good)
		return "restored"
	}
	pkg := min(m.r.IntN(packages), m.r.IntN(packages)) // the first ones are in the build more often
	constraints := []string{"", "", "never", "!never", "linux || !linux", "windows && linux"}
	constraint := constraints[m.r.IntN(len(constraints))]
	switch n := m.r.IntN(100); {
	case n < 26:
		file := fmt.Sprintf("p%d/x.go", pkg)
		m.write(file, m.part(pkg, ""))
		return "body " + file
	case n < 40:
		file := fmt.Sprintf("p%d/n%d.go", pkg, m.r.IntN(3))
		m.write(file, m.part(pkg, constraint))
		return "new " + file + " " + constraint
	case n < 46:
		names := []string{"n%d_windows.go", "n%d_linux.go", "n%d_test.go", "_n%d.go", "n%d.txt"}
		file := fmt.Sprintf("p%d/"+names[m.r.IntN(len(names))], pkg, m.r.IntN(2))
		m.write(file, m.part(pkg, ""))
		return "named " + file
	case n < 56:
		file := m.pick(fmt.Sprintf("p%d/n%d.go", pkg, m.r.IntN(3)))
		if file == "" {
			return "nothing"
		}
		m.remove(file)
		return "removed " + file
	case n < 64:
		file := m.pick(fmt.Sprintf("n%d.go", m.r.IntN(3)))
		if file == "" {
			return "nothing"
		}
		_, text, ok := strings.Cut(m.files[file], "\n\npackage")
		if text = "package" + text; !ok {
			text = m.files[file]
		}
		if constraint != "" {
			text = "//go:build " + constraint + "\n\n" + text
		}
		m.write(file, text)
		return "constraint " + file + " " + constraint
	case n < 74:
		to := min(pkg+1+m.r.IntN(3), packages-1)
		if m.r.IntN(8) == 0 {
			to = m.r.IntN(packages + 1) // a cycle, or a package that is not there
		}
		file := fmt.Sprintf("p%d/imports%d.go", pkg, m.r.IntN(2))
		if m.r.IntN(5) == 0 && m.files[file] != "" {
			m.remove(file)
			return "removed " + file
		}
		m.write(file, imports(pkg, to))
		return fmt.Sprintf("import of p%d in %s", to, file)
	case n < 82:
		file := fmt.Sprintf("p%d/data/%c.txt", pkg, 'a'+m.r.IntN(3))
		if m.files[file] != "" && m.r.IntN(2) == 0 {
			m.remove(file) // the last one breaks the pattern
			return "removed " + file
		}
		m.serial++
		m.write(file, fmt.Sprintf("a%d", m.serial))
		return "embedded " + file
	case n < 89:
		file := fmt.Sprintf("p%d/x.go", pkg)
		m.write(file, m.files[file]+[]string{"func", "var _ = undefined\n", "import \"os\"\n"}[m.r.IntN(3)])
		return "broke " + file
	case n < 92:
		if m.r.IntN(2) == 0 {
			m.write("go.mod", "modul example.com/m\n")
			return "broke go.mod"
		}
		m.serial++
		m.write("go.mod", fmt.Sprintf("module example.com/m // %d\n\ngo 1.26\n", m.serial))
		return "go.mod"
	case n < 94:
		// The directory goes and returns, as at a switch of branches.
		from := filepath.Join(m.dir, fmt.Sprintf("p%d", pkg))
		to := filepath.Join(m.dir, "away")
		os.Rename(from, to)
		proctest.Pause(time.Duration(m.r.IntN(50)) * time.Millisecond)
		os.Rename(to, from)
		return fmt.Sprintf("away and back p%d", pkg)
	case n < 97:
		file := m.pick(".go")
		m.write(file, m.files[file])
		return "saved again " + file
	default:
		m.restore(good)
		return "restored"
	}
}

// fingerprint returns what the program prints that go build makes of the files,
// or why there is none.
func (m *module) fingerprint(t *testing.T, exe string) (fingerprint, why string) {
	t.Helper()
	build := osexec.Command("go", "build", "-buildvcs=false", "-o", exe, ".")
	build.Dir = m.dir
	build.Env = append(os.Environ(), "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Sprintf("%v\n%s", err, out)
	}
	out, err := osexec.Command(exe, "once").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(strings.TrimPrefix(string(out), startMark)), ""
}
