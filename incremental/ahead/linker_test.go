package ahead

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gorun-dev/gorun/internal/longtest"
)

// program is a module of which each package has places for random text, where $ is.
var program = map[string]string{
	"go.mod": "module example.com/prog\n\ngo 1.24\n",
	"main.go": `package main

import (
	"fmt"
	"os"
	"sort"

	"example.com/prog/shapes"
	"example.com/prog/words"
)

var table = map[string]int{"a": 1, "b": 2}

func main() {
	fmt.Println(words.Count("a b a"), shapes.Sum(shapes.All()), len(table))
	_ = sort.IsSorted
	run()
	os.Exit(0)
}

//go:noinline
func run() {
	$
}
`,
	"words/words.go": `package words

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"example.com/prog/shapes"
)

type Counter struct{ m map[string]int }

func (c *Counter) Add(s string) { c.m[s]++ }
func (c *Counter) String() string { return fmt.Sprint(len(c.m)) }

var known = []string{"x", "y"}

func Count(s string) int {
	c := &Counter{m: map[string]int{}}
	for _, w := range strings.Fields(s) {
		c.Add(w)
	}
	work(c)
	return len(c.m)
}

//go:noinline
func work(c *Counter) {
	_, _ = errors.New, reflect.TypeOf
	_ = shapes.Sum[shapes.Shape]
	$
}
`,
	"shapes/shapes.go": `package shapes

import (
	"fmt"
	"strconv"
)

type Shape interface{ Area() float64 }

type Square struct{ Side float64 }

func (s Square) Area() float64     { return s.Side * s.Side }
func (s Square) Unused() string    { return strconv.Itoa(int(s.Side)) }
func (s *Square) Grow(by float64)  { s.Side += by }

func All() []Shape {
	work()
	return []Shape{Square{2}}
}

func Sum[S Shape](list []S) (sum float64) {
	for _, s := range list {
		sum += s.Area()
	}
	return sum
}

//go:noinline
func work() {
	_ = fmt.Sprint
	$
}
`,
}

// sources are the Go files of the program, in an order: what is random in them depends on it.
var sources = []string{"main.go", "words/words.go", "shapes/shapes.go"}

// bodies are statements that compile in any of the packages. %d is a random number.
var bodies = []string{
	`println(%d)`,
	`fmt.Println("text %d", %d)`,
	`m := map[string]int{"k%d": %d, "l": 2, "m": 3}; fmt.Println(m)`,
	`type local struct{ A, B%d int }; fmt.Printf("%%v\n", local{1, %d})`,
	`f := func(x int) int { return x + %d }; fmt.Println(f(1))`,
	`defer func() { fmt.Println(recover()) }(); panic("p%d")`,
	`var a [%d]byte; fmt.Println(len(a), cap(a[:]))`,
	`ch := make(chan [%d]int, 1); fmt.Println(len(ch), cap(ch)); close(ch)`,
	`var i any = int64(%d); if s, ok := i.(fmt.Stringer); ok { fmt.Println(s.String()) }`,
	`for i := range %d { go func() { _ = i }() }; fmt.Println([]string{"s%d", "t"})`,
	`fmt.Println(fmt.Errorf("e%d: %%w", fmt.Errorf("inner")))`,
	`type g struct{ fmt.Stringer; N%d int }; fmt.Printf("%%T\n", g{})`,
}

// fill returns one of the program's files with random statements in its place.
func fill(r *rand.Rand, file string) string {
	var b strings.Builder
	for range r.IntN(4) {
		body := bodies[r.IntN(len(bodies))]
		fmt.Fprintln(&b, "{")
		for n := strings.Count(body, "%d"); ; n-- {
			if n == 0 {
				break
			}
			body = strings.Replace(body, "%d", fmt.Sprint(1+r.IntN(99)), 1)
		}
		fmt.Fprintln(&b, strings.ReplaceAll(body, "%%", "%"))
		fmt.Fprintln(&b, "}")
	}
	return strings.Replace(program[file], "$", b.String(), 1)
}

func programModule(t *testing.T, r *rand.Rand) *module {
	t.Helper()
	m := newModule(t, map[string]string{"go.mod": program["go.mod"]})
	for _, file := range sources {
		m.write(file, fill(r, file))
	}
	return m
}

func skipUnlessSupported(t *testing.T) {
	t.Helper()
	if err := Known(runtimeRoot(t)); err != nil {
		t.Skip(err)
	}
}

func runtimeRoot(t *testing.T) string {
	t.Helper()
	m := &module{t: t, dir: t.TempDir()}
	return strings.TrimSpace(string(m.goCommand("env", "GOROOT")))
}

// Whatever is edited, a link ahead makes what the stock linker makes.
func TestRandomEdits(t *testing.T) {
	skipUnlessSupported(t)
	t.Run("ordinary", func(t *testing.T) { randomEdits(t, nil, nil) })
	t.Run("cgo", func(t *testing.T) { randomEdits(t, nil, withCgo) })
	if longtest.On { // it compiles the standard library once more
		t.Run("named", func(t *testing.T) { randomEdits(t, []string{"-gcflags=all=-linkshared"}, nil) })
	}
}

// withCgo adds a package that makes the C compiler's linker the last one.
func withCgo(m *module) {
	if m.vars["CGO_ENABLED"] != "1" {
		m.t.Skip("no cgo")
	}
	if _, err := exec.LookPath(m.vars["CC"]); err != nil {
		m.t.Skip(err)
	}
	m.write("c/c.go", "package c\n\n// static int twice(int n) { return 2 * n; }\nimport \"C\"\n\n"+
		"func Twice(n int) int { return int(C.twice(C.int(n))) }\n")
	m.write("usec.go", "package main\n\nimport \"example.com/prog/c\"\n\nvar _ = c.Twice(2)\n")
}

// What the linker asks the C compiler to find out which flags it knows is asked once for a program.
func TestProbesOnce(t *testing.T) {
	skipUnlessSupported(t)
	m := programModule(t, rand.New(rand.NewPCG(6, 0)))
	withCgo(m)
	calls := filepath.Join(m.dir, "calls")
	cc := filepath.Join(m.dir, "cc")
	script := fmt.Sprintf("#!/bin/sh\necho >>%s\nexec %s \"$@\"\n", calls, m.vars["CC"])
	if err := os.WriteFile(cc, []byte(script), 0o777); err != nil {
		t.Fatal(err)
	}
	calledBy := func(f func()) int {
		if err := os.WriteFile(calls, nil, 0o666); err != nil {
			t.Fatal(err)
		}
		f()
		text, err := os.ReadFile(calls)
		if err != nil {
			t.Fatal(err)
		}
		return len(text)
	}
	job := func(n int) *Job {
		j := m.job(buildID(n))
		j.Args = append(j.Args[:len(j.Args)-1], "-extld="+cc, "-linkmode=external")
		return j
	}
	first := job(0)
	stock := calledBy(func() { m.stock(first) })
	l := New(Config{Cache: cache, Work: t.TempDir(), Debug: t.Logf})
	defer l.Close()
	trial := calledBy(func() { l.Begin(first); await(t, l) })
	if stock < 2 || trial != stock {
		t.Errorf("the stock linker ran the C compiler %d times, the trial %d times", stock, trial)
	}
	for n := 1; n < 3; n++ {
		m.write("words/words.go", strings.Replace(program["words/words.go"], "$", fmt.Sprintf("println(%d)", n), 1))
		next := job(n)
		var exe string
		var err error
		ran := calledBy(func() { exe, err = l.Link(t.Context(), next) })
		if err != nil || ran != 1 {
			t.Fatalf("link %d ran the C compiler %d times: %v", n, ran, err)
		}
		m.stock(next)
		if same, err := SameFiles(exe, next.Proof); err != nil || !same {
			t.Errorf("link %d is not the stock linker's: %v", n, err)
		}
		l.Begin(next)
		await(t, l)
	}
	// Another compiler is asked again.
	m.write("words/words.go", strings.Replace(program["words/words.go"], "$", "println(9)", 1))
	next := job(9)
	if err := os.WriteFile(cc, []byte(script+"\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	ran := calledBy(func() {
		if _, err := l.Link(t.Context(), next); err != nil {
			t.Error(err)
		}
	})
	if ran != stock {
		t.Errorf("with another compiler it ran %d times, want %d", ran, stock)
	}
}

func randomEdits(t *testing.T, flags []string, more func(*module)) {
	r := rand.New(rand.NewPCG(1, 0))
	m := programModule(t, r)
	m.flags = flags
	if more != nil {
		more(m)
	}
	l := newLinker(t)
	first := m.job(buildID(0))
	m.stock(first)
	l.Begin(first)
	edits := longtest.Cases(8, 150)
	for n := range edits {
		await(t, l)
		for range 1 + r.IntN(2) {
			file := sources[r.IntN(len(sources))]
			m.write(file, fill(r, file))
		}
		job := m.job(buildID(n + 1))
		exe, err := l.Link(t.Context(), job)
		if err != nil {
			t.Logf("edit %d: %v", n, err)
			if _, ok := err.(*Difference); ok {
				t.Fatal(err)
			}
		} else {
			os.RemoveAll(filepath.Dir(filepath.Dir(exe)))
		}
		l.mu.Lock()
		l.failures = 0 // a new export, as of a function that can be inlined, is one
		l.mu.Unlock()
		l.Begin(job)
	}
	c := l.Counts()
	t.Logf("%+v", c)
	if c.Linked != c.Compared || c.Linked < edits/2 {
		t.Errorf("of %d links %+v", edits, c)
	}
}

func buildID(n int) string { return fmt.Sprintf("%064d", n) }

func kill(pid string) {
	if n, err := strconv.Atoi(pid); err == nil {
		if p, err := os.FindProcess(n); err == nil {
			_ = p.Kill()
		}
	}
}
