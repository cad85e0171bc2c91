package edit

import (
	"go/token"
	"slices"
)

// Of the shortest edit scripts between two versions there are many, and align finds one: with a
// new function before a changed one it may well pair the second one's "(" with the first one's.
// For a layout that is as short, but of no use: the second one does not stand where it stood.
// So lines are aligned first, then the tokens of what lies between equal lines, in as few
// pieces as can be; and pieces are moved to where statements and declarations begin.
//
// Not chosen: aligning declarations by their names. Names say nothing inside of bodies.

// pairs pairs each token of b with one of a, in order; -1 is a token that a has not.
func pairs(a, b []lexeme) ([]int, bool) {
	x, y := linesOf(a), linesOf(b)
	lines, ok := align(x, y, func(x, y []lexeme) bool { return slices.EqualFunc(x, y, sameLexeme) })
	if !ok {
		return nil, false
	}
	match := make([]int, 0, len(b))
	at := 0 // what of a stands before is paired, or went
	// gap pairs the tokens between two equal lines: those of a up to n, those of b up to k.
	gap := func(n, k int) bool {
		m, ok := between(a[at:n], b[len(match):k])
		for _, t := range m {
			if t >= 0 {
				t += at
			}
			match = append(match, t)
		}
		at = n
		return ok
	}
	startX, startY := starts(x), starts(y)
	for k, l := range lines {
		if l < 0 {
			continue
		}
		if !gap(startX[l], startY[k]) {
			return nil, false
		}
		for range y[k] {
			match = append(match, at)
			at++
		}
	}
	if !gap(len(a), len(b)) {
		return nil, false
	}
	slide(a, b, match)
	return match, true
}

// linesOf returns the tokens of each line that has some.
func linesOf(list []lexeme) (lines [][]lexeme) {
	for i := 0; i < len(list); {
		j := i + 1
		for j < len(list) && list[j].line == list[i].line {
			j++
		}
		lines = append(lines, list[i:j])
		i = j
	}
	return lines
}

// starts returns the index of each line's first token.
func starts(lines [][]lexeme) []int {
	s := make([]int, len(lines))
	for i := 1; i < len(lines); i++ {
		s[i] = s[i-1] + len(lines[i-1])
	}
	return s
}

// betweenLimit bounds the work and the memory of between: two functions of some forty lines each are below it.
const betweenLimit = 1 << 18

// between pairs the tokens of what no line was found equal in: as many as can be, in as few
// pieces as can be. A piece costs more than one token is worth, so that a "(" alone is not
// common.
func between(a, b []lexeme) ([]int, bool) {
	if len(a) > betweenLimit/(len(b)+1) {
		return align(a, b, sameLexeme)
	}
	const worth, cost = 2, 3
	// best[c][i*w+j] is what a[i:] and b[j:] are worth, after a pair that they may go on from (c is 1) or not.
	w := len(b) + 1
	var best [2][]int32
	for c := range best {
		best[c] = make([]int32, (len(a)+1)*w)
	}
	pair := func(c, i, j int) int32 { return best[1][(i+1)*w+j+1] + worth - int32(1-c)*cost }
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			skip := max(best[0][(i+1)*w+j], best[0][i*w+j+1])
			same := sameLexeme(a[i], b[j])
			for c := range best {
				best[c][i*w+j] = skip
				if same {
					best[c][i*w+j] = max(skip, pair(c, i, j))
				}
			}
		}
	}
	match := make([]int, len(b))
	for j := range match {
		match[j] = -1
	}
	for i, j, c := 0, 0, 1; i < len(a) && j < len(b); { // what is before is equal
		switch now := best[c][i*w+j]; {
		case sameLexeme(a[i], b[j]) && now == pair(c, i, j):
			match[j] = i
			i, j, c = i+1, j+1, 1
		case now == best[0][i*w+j+1]:
			j, c = j+1, 0
		default:
			i, c = i+1, 0
		}
	}
	return match, true
}

// slide moves what came or went, where that may be said of one stretch of tokens or of another,
// to end with a semicolon: of
//
//	f(); g()
//
// that was g(), it is "f();" that is new, not "f(); g" before another name's "()"; so that the
// declaration after a new one stays where it was, from its first token on.
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

// shift returns by how many tokens the stretch x[i:j] can be moved to the front so that it ends
// with a semicolon, being the same tokens or tokens that stand for the same; 0 if it cannot.
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
