// Package longtest says how long tests may take. By default `go test ./...` ends within a few minutes
// on two processors; `go test -tags=long ./...` runs everything, with more random cases. A build tag,
// unlike a flag, is understood by every package of ./... at once.
package longtest

import "testing"

// Skip skips a test that takes longer than a stranger waits, unless the long tests are asked for.
func Skip(t testing.TB) {
	t.Helper()
	if !On {
		t.Skip("a long test: go test -tags=long")
	}
}

// Cases is how many random cases a test makes: few by default, many where the long tests are asked for.
func Cases(few, many int) int {
	if On {
		return many
	}
	return few
}
