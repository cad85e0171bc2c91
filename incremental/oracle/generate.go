package oracle

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// generate writes a module of n packages below dir, each of which imports a few of those before
// it, and a main package that imports some: with constants, types, methods, interfaces,
// generics, inlining, closures, embedded files and build tags.
func generate(dir string, n int) error {
	files := map[string]string{"go.mod": "module example.com/gen\n\ngo 1.24\n"}
	for i := range n {
		var imports, use strings.Builder
		for _, d := range []int{i - 1, i - 2, i / 2, i / 3} {
			if d < 0 || d >= i || strings.Contains(imports.String(), fmt.Sprintf("/p%02d\"", d)) {
				continue
			}
			fmt.Fprintf(&imports, "\t\"example.com/gen/p%02d\"\n", d)
			fmt.Fprintf(&use, "\ts += p%02d.Sum(x) + p%02d.Small(x) + p%02d.Const\n\tt := p%02d.T{A: x}\n"+
				"\ts += t.Get() + p%02d.Max(s, x)\n\tif len(p%02d.Describe(t)) > 1000 {\n\t\treturn 0\n\t}\n",
				d, d, d, d, d, d)
			use.WriteString("\tx++\n")
		}
		block := ""
		for b := range strings.SplitSeq(use.String(), "\tx++\n") {
			if b != "" {
				block += "\t{\n\t" + strings.ReplaceAll(strings.TrimSuffix(b, "\n"), "\n", "\n\t") + "\n\t}\n"
			}
		}
		name := fmt.Sprintf("p%02d", i)
		files[name+"/a.go"] = fmt.Sprintf(`package %[1]s

import (
	"fmt"
	"strings"
%[2]s)

// Const is exported.
const Const = %[3]d

// Name is a string.
const Name = "%[1]s"

const (
	Zero = iota
	One
	Two
)

var table = map[string]int{"a": 1, "b": %[3]d}

// T is a type.
type T struct {
	A int
	b string
}

func (t T) Get() int { return t.A + Const }

func (t *T) Set(x int) {
	if x > 100 {
		t.A = x
		return
	}
	t.b = strings.Repeat("x", x%%5)
}

// Small can be inlined.
func Small(x int) int { return x*2 + 1 }

// Sum cannot.
func Sum(x int) int {
	s := table["a"]
%[4]s	for i := range x %% 7 {
		defer func() { s += i }()
	}
	return s
}

func Describe(x any) string {
	switch x := x.(type) {
	case fmt.Stringer:
		return x.String()
	case int:
		return "int"
	}
	return fmt.Sprint(x)
}
`, name, imports.String(), i+3, block)
		files[name+"/b.go"] = fmt.Sprintf(`package %[1]s

import "cmp"

type List[E any] struct {
	items []E
}

func (l *List[E]) Add(e E) {
	l.items = append(l.items, e)
}

func (l *List[E]) Each(f func(E)) {
	for _, e := range l.items {
		f(e)
	}
}

func Max[E cmp.Ordered](a, b E) E {
	if a > b {
		return a
	}
	return b
}

type Shape interface {
	Area() int
}

type square struct{ side int }

func (s square) Area() int { return s.side * s.side }

func NewShape(n int) Shape {
	var l List[int]
	l.Add(n)
	total := 0
	l.Each(func(i int) { total += i })
	return square{total}
}
`, name)
		if i%4 == 1 {
			files[name+"/embed.go"] = "package " + name + "\n\nimport _ \"embed\"\n\n" +
				"//go:embed text.txt\nvar Text string\n\nfunc TextLen() int { return len(Text) }\n"
			files[name+"/text.txt"] = "text of " + name + "\n"
		}
		if i%4 == 2 {
			files[name+"/tag.go"] = "//go:build !other\n\npackage " + name + "\n\nfunc Tagged() string { return \"default\" }\n"
			files[name+"/tag_other.go"] = "//go:build other\n\npackage " + name + "\n\n" +
				"func Tagged() string { return \"other\" }\n"
		}
	}
	var imports, use strings.Builder
	for i := max(0, n-5); i < n; i++ {
		fmt.Fprintf(&imports, "\t\"example.com/gen/p%02d\"\n", i)
		fmt.Fprintf(&use, "\tfmt.Println(p%02d.Sum(%d), p%02d.NewShape(3).Area())\n", i, i, i)
	}
	files["cmd/app/main.go"] = "package main\n\nimport (\n\t\"fmt\"\n" + imports.String() + ")\n\n" +
		"func main() {\n" + use.String() + "}\n"
	for name, text := range files {
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(p, []byte(text), 0o666); err != nil {
			return err
		}
	}
	return nil
}
