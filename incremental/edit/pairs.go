package edit

import (
	"go/token"
	"slices"
)

// Of the shortest edit scripts between two versions there are many, and align finds one: with a new function before a changed
// one it may well take the second one's "(" for the first one's. For a layout that is as short, but of no use: the second one
// does not stand where it stood. So the script is looked for from both ends, the one in fewer pieces is taken, and pieces are
// moved to where statements and declarations begin.
//
// Not chosen: aligning lines, or declarations by their names, first. An edit may be on one line with what it leaves alone, and
// names say nothing inside of bodies.

// pairs pairs each token of b with one of a, in order; -1 is a token that a has not.
func pairs(a, b []lexeme) ([]int, bool) {
	fore, ok := align(a, b)
	if !ok {
		return nil, false
	}
	slide(a, b, fore)
	if pieces(fore) <= 2 {
		return fore, true
	}
	x, y := slices.Clone(a), slices.Clone(b)
	slices.Reverse(x)
	slices.Reverse(y)
	back, ok := align(x, y)
	if !ok {
		return fore, true
	}
	slices.Reverse(back)
	for i, m := range back {
		if m >= 0 {
			back[i] = len(a) - 1 - m
		}
	}
	slide(a, b, back)
	if pieces(back) < pieces(fore) {
		return back, true
	}
	return fore, true
}

// pieces returns in how many pieces what is common stands.
func pieces(match []int) (n int) {
	last := -2
	for _, m := range match {
		if m >= 0 && m != last+1 || m >= 0 && last < 0 {
			n++
		}
		last = m
		if m < 0 {
			last = -2
		}
	}
	return n
}

// slide moves what came or went, where that may be said of one stretch of tokens or of another, to end with a semicolon: of
//
//	f(); g()
//
// that was g(), it is "f();" that is new, not "f(); g" before another name's "()"; so that the declaration after a new one stays
// where it was, from its first token on.
func slide(a, b []lexeme, match []int) {
	for j := len(b) - 1; j > 0; j-- {
		if m := match[j]; m > 0 && match[j-1] < 0 { // b[i:j] is new
			i := j - 1
			for i > 0 && match[i-1] < 0 {
				i--
			}
			if i > 0 && match[i-1] == m-1 {
				n := shift(b, i, j)
				for k := range n {
					match[j-1-k], match[i-1-k] = match[i-1-k], -1
				}
			}
		} else if m > 0 && match[j-1] >= 0 && match[j-1] < m-1 { // a[i:m] went
			i := match[j-1] + 1
			n := shift(a, i, m)
			if n > j || n > 0 && match[j-n] != i-n {
				continue // it meets another stretch
			}
			for k := range n {
				match[j-1-k] = m - 1 - k
			}
		}
	}
}

// shift returns by how many tokens the stretch x[i:j] can be moved to the front so that it ends with a semicolon, being the
// same tokens or tokens that stand for the same; 0 if it cannot.
func shift(x []lexeme, i, j int) int {
	for n := 0; ; n++ {
		if x[j-1-n].tok == token.SEMICOLON {
			return n
		}
		if n == i || !sameLexeme(x[i-1-n], x[j-1-n]) {
			return 0
		}
	}
}
