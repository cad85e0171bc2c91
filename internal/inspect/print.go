package inspect

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/gorun-dev/gorun/depgraph"
)

// signed lists what comes in with a plus, what goes out with a minus.
func signed[T any](in, out []T, name func(T) string) []string {
	var rows []string
	for _, v := range in {
		rows = append(rows, "+"+name(v))
	}
	for _, v := range out {
		rows = append(rows, "-"+name(v))
	}
	return rows
}

// packages lists the packages of a difference; of the standard library's the number.
func packages(d depgraph.Difference) []string {
	rows := signed(d.PackagesIn, d.PackagesOut, text)
	for _, std := range []struct {
		sign string
		n    int
	}{{"+", len(d.StandardIn)}, {"-", len(d.StandardOut)}} {
		if std.n > 0 {
			rows = append(rows, fmt.Sprintf("%s%d of the standard library", std.sign, std.n))
		}
	}
	return rows
}

func text(id depgraph.PackageID) string { return string(id) }

func arrow(i depgraph.Import) string { return string(i.From) + " -> " + string(i.To) }

// at returns a row, "" where the column has no more.
func at(rows []string, i int) string {
	if i < len(rows) {
		return rows[i]
	}
	return ""
}

// orEmpty makes the JSON of no elements [] instead of null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "\t")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
