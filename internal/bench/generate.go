package main

// The programs that are measured when the user names none. They are generated,
// so that nothing need be fetched, and nothing in them is random: every run,
// on every machine, builds the same sources.
//
// Rejected: a well-known program at a pinned version (its download is larger
// than all else here, and its dependencies' licences and servers become this
// project's), and packages of one line each (no compiler work in them, so every
// tool would look alike).

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A shape says how large a generated module is: layers of packages, each
// importing from the layer below it, and main importing the topmost.
type shape struct {
	name          string
	layers, width int
	edited        int // the layer in which a package is edited
}

// The shapes. The small one is a single package, which is also the edited one.
var shapes = []shape{
	{name: "small"},
	{name: "middle", layers: 10, width: 20, edited: 4},
	{name: "large", layers: 30, width: 20, edited: 11},
}

// fanIn is how many packages import the edited one directly: as many as import
// a package of an ordinary web application that is neither a leaf nor a
// foundation.
const fanIn = 20

func (s shape) packages() int { return s.layers*s.width + 1 }

// module is the module path. It sorts before the standard library's packages,
// whose turn to be initialised comes in that order.
func (s shape) module() string { return "a.bench/" + s.name }

func pkgName(layer, i int) string { return fmt.Sprintf("p%02d%02d", layer, i) }

func (s shape) pkgDir(layer, i int) string { return fmt.Sprintf("l%02d/%s", layer, pkgName(layer, i)) }

// editedDir is the directory of the edited package within the module.
func (s shape) editedDir() string {
	if s.layers == 0 {
		return "."
	}
	return s.pkgDir(s.edited, 0)
}

// generate writes the module into dir.
func (s shape) generate(dir string) error {
	files := map[string]string{
		"go.mod":  "module " + s.module() + "\n\ngo 1.24\n",
		"main.go": s.mainFile(),
	}
	for layer := range s.layers {
		for i := range s.width {
			deps := s.imports(layer, i)
			at := s.pkgDir(layer, i) + "/"
			files[at+"types.go"] = typesFile(pkgName(layer, i), layer, i)
			files[at+"generic.go"] = genericFile(pkgName(layer, i))
			files[at+"work.go"] = s.workFile(layer, i, deps)
		}
	}
	for name, text := range files {
		if err := writeFile(filepath.Join(dir, filepath.FromSlash(name)), text); err != nil {
			return err
		}
	}
	return nil
}

// imports returns the packages of the module that one imports: neighbours in
// the layer below, so that every package is reached, and one far below.
func (s shape) imports(layer, i int) [][2]int {
	if layer == 0 {
		return nil
	}
	list := [][2]int{{layer - 1, i}, {layer - 1, (i + 1) % s.width}, {layer - 1, (i + 7) % s.width}}
	if far := (layer*7 + i*3) % layer; far < layer-1 {
		list = append(list, [2]int{far, (i*5 + layer) % s.width})
	}
	if s.importsEdited(layer, i) {
		edited := [2]int{s.edited, 0}
		for _, p := range list {
			if p == edited {
				return list
			}
		}
		list = append(list, edited)
	}
	return list
}

// importsEdited spreads the importers of the edited package over the layers
// above it.
func (s shape) importsEdited(layer, i int) bool {
	if layer <= s.edited {
		return false
	}
	n := (layer-s.edited-1)*s.width + i
	above := (s.layers - s.edited - 1) * s.width
	return n%max(1, above/fanIn) == 0
}

func (s shape) mainFile() string {
	var imports, uses strings.Builder
	if s.layers > 0 {
		for i := range s.width {
			fmt.Fprintf(&imports, "\t%q\n", s.module()+"/"+s.pkgDir(s.layers-1, i))
			fmt.Fprintf(&uses, "\tsum += %s.Work(%d)\n", pkgName(s.layers-1, i), i+1)
		}
	}
	return fmt.Sprintf(`// A web server, generated to be measured.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"

%s)

// work calls all there is to call.
func work() int {
	sum := 0
%s	return sum
}

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "hello from process", os.Getpid())
	})
	http.HandleFunc("/work", func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(map[string]int{"sum": work()})
	})
	log.Fatal(http.ListenAndServe(os.Getenv(%q), nil))
}
`, imports.String(), uses.String(), addrEnv)
}

// typesFile has interfaces, methods, and small functions that importers inline.
func typesFile(name string, layer, i int) string {
	return fmt.Sprintf(`package %[1]s

import (
	"errors"
	"strconv"
)

// ErrEmpty is returned for an empty order.
var ErrEmpty = errors.New("%[1]s: empty order")

// Factor is what Scale multiplies with.
const Factor = %[2]d

// Scale and Clamp are inlined where they are called.
func Scale(x int) int { return x*Factor + 1 }

func Clamp(x, low, high int) int {
	if x < low {
		return low
	}
	if x > high {
		return high
	}
	return x
}

// A Pricer knows a price.
type Pricer interface {
	Price(quantity int) int
	Name() string
}

type Item struct {
	Label string
	Cents int
	Tags  []string
}

func (t *Item) Price(quantity int) int { return t.Cents * Clamp(quantity, 1, 100) }

func (t *Item) Name() string { return t.Label + "/" + strconv.Itoa(t.Cents) }

type Discount struct {
	Pricer
	Percent int
}

func (d Discount) Price(quantity int) int { return d.Pricer.Price(quantity) * (100 - d.Percent) / 100 }

// An Order is a list of things with a price.
type Order struct {
	ID    int
	Lines []Pricer
	notes map[string]string
}

func (o *Order) Note(key, value string) {
	if o.notes == nil {
		o.notes = make(map[string]string)
	}
	o.notes[key] = value
}

func (o *Order) Total() (int, error) {
	if len(o.Lines) == 0 {
		return 0, ErrEmpty
	}
	total := 0
	for n, line := range o.Lines {
		total += line.Price(n + 1)
	}
	return total, nil
}
`, name, (layer*31+i*17)%97+2)
}

// genericFile has generic types and functions: their bodies are compiled in
// the packages that use them.
func genericFile(name string) string {
	return fmt.Sprintf(`package %[1]s

import (
	"cmp"
	"sort"
	"strings"
)

// A Table keeps its keys in order.
type Table[K cmp.Ordered, V any] struct {
	keys   []K
	values map[K]V
}

func (t *Table[K, V]) Put(key K, value V) {
	if t.values == nil {
		t.values = make(map[K]V)
	}
	if _, ok := t.values[key]; !ok {
		n := sort.Search(len(t.keys), func(i int) bool { return t.keys[i] >= key })
		t.keys = append(t.keys, key)
		copy(t.keys[n+1:], t.keys[n:])
		t.keys[n] = key
	}
	t.values[key] = value
}

func (t *Table[K, V]) Each(f func(K, V)) {
	for _, key := range t.keys {
		f(key, t.values[key])
	}
}

// Map returns f of each element.
func Map[A, B any](list []A, f func(A) B) []B {
	out := make([]B, 0, len(list))
	for _, a := range list {
		out = append(out, f(a))
	}
	return out
}

// Reduce folds a list.
func Reduce[A, B any](list []A, start B, f func(B, A) B) B {
	for _, a := range list {
		start = f(start, a)
	}
	return start
}

// Words splits what a user typed.
func Words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return r == ' ' || r == ',' || r == ';'
	})
}
`, name)
}

// workFile has the calls into other packages: inlined ones, instances of their
// generics, their types behind interfaces.
func (s shape) workFile(layer, i int, deps [][2]int) string {
	var imports, calls strings.Builder
	for n, d := range deps {
		q := pkgName(d[0], d[1])
		fmt.Fprintf(&imports, "\t%q\n", s.module()+"/"+s.pkgDir(d[0], d[1]))
		fmt.Fprintf(&calls, "\to.Lines = append(o.Lines, &%s.Item{Label: %q, Cents: %s.Scale(n)})\n", q, q, q)
		switch n % 3 {
		case 0:
			fmt.Fprintf(&calls, "\tvar t%[1]d %[2]s.Table[string, int]\n"+
				"\tt%[1]d.Put(%[2]q, %[2]s.Clamp(n, 0, 9))\n"+
				"\tt%[1]d.Each(func(_ string, v int) { sum += v })\n", n, q)
		case 1:
			fmt.Fprintf(&calls, "\tsum += len(%[1]s.Map(%[1]s.Words(\"a b;c\"), "+
				"func(w string) int { return len(w) + n }))\n", q)
		case 2:
			fmt.Fprintf(&calls, "\tsum = %[1]s.Reduce([]int{n, %[1]s.Factor}, sum, "+
				"func(a, b int) int { return a + b })\n", q)
		}
		if d == [2]int{s.edited, 0} {
			fmt.Fprintf(&calls, "\tsum += %[1]s.GorunBenchSmall(n) + len(%[1]s.GorunBenchBody())\n", q)
		}
		if n == 0 {
			fmt.Fprintf(&calls, "\tif n > 1000 {\n\t\tsum += %s.Work(n / 2)\n\t}\n", q)
		}
	}
	return fmt.Sprintf(`package %[1]s

import (
	"fmt"
	"strings"

%[2]s)

// Work calls what this package imports.
func Work(n int) int {
	o := Order{ID: n, Lines: []Pricer{&Item{Label: "own", Cents: Scale(n)}}}
	sum := 0
%[3]s	o.Lines = append(o.Lines, Discount{o.Lines[0], %[4]d})
	o.Note("sum", fmt.Sprint(sum))
	total, err := o.Total()
	if err != nil {
		return 0
	}
	defer func() { sum += total }()
	return sum + total + len(Describe(&o))
}

// Describe is too large to be inlined.
func Describe(v any) string {
	var b strings.Builder
	switch v := v.(type) {
	case *Order:
		for n, line := range v.Lines {
			fmt.Fprintf(&b, "%%d: %%s at %%d\n", n, line.Name(), line.Price(1))
		}
		for key, value := range v.notes {
			b.WriteString(key + "=" + value + "\n")
		}
	case fmt.Stringer:
		b.WriteString(v.String())
	case error:
		b.WriteString(v.Error())
	default:
		fmt.Fprintf(&b, "%%T %%v", v, v)
	}
	return b.String()
}
`, pkgName(layer, i), imports.String(), calls.String(), (layer+i)%50+1)
}

func writeFile(name, text string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(text), 0o666)
}
