package tagexpr

import (
	"fmt"
	"go/build/constraint"
	"strings"
)

// A cause is the part of an expression that makes it come out as it does, as a tree of phrases
// that prints as words. Parts that could be otherwise without changing the result are left out:
// of `linux && prod`, on Linux without the tag, only "needs tag prod" remains.
type cause struct {
	ok    bool
	op    string // "and" or "or" between parts, if there are several
	parts []cause
	atoms []phrase // one, if there are no parts; none for a file without constraint
}

// A phrase is split so that a run of equal leads is said once: "for windows or darwin".
type phrase struct{ lead, rest string }

// eval evaluates x (nil: true) for c.
func eval(c *Context, x constraint.Expr) cause {
	if x == nil {
		return cause{ok: true}
	}
	return c.evalSign(x, true)
}

// evalSign evaluates x, or its negation if want is false, with the negation moved down to the tags.
func (c *Context) evalSign(x constraint.Expr, want bool) cause {
	switch x := x.(type) {
	case *constraint.NotExpr:
		return c.evalSign(x.X, !want)
	case *constraint.AndExpr:
		return join(want, c.evalSign(x.X, want), c.evalSign(x.Y, want))
	case *constraint.OrExpr:
		return join(!want, c.evalSign(x.X, want), c.evalSign(x.Y, want))
	case *constraint.TagExpr:
		has := c.has(x.Tag)
		ok := has == want
		return cause{ok: ok, atoms: []phrase{describe(x.Tag, want, ok)}}
	}
	panic(fmt.Sprintf("constraint expression of unknown type %T", x))
}

// join evaluates "l and r", or "l or r" if and is false.
func join(and bool, l, r cause) cause {
	switch {
	case l.ok != r.ok && and == l.ok: // the one that fails an and, or...
		return r
	case l.ok != r.ok: // ...makes an or
		return l
	case !and && l.ok:
		return l // one of two is enough
	}
	op := "or"
	if and {
		op = "and"
	}
	out := cause{ok: l.ok, op: op, parts: []cause{l}}
	if l.op == op {
		out.parts = l.parts // nobody else has them, and a chain leans to the left: appending keeps it linear
	}
	if r.op == op {
		out.parts = append(out.parts, r.parts...)
	} else {
		out.parts = append(out.parts, r)
	}
	return out
}

func (c cause) String() string {
	var b strings.Builder
	var lead string // of the phrase before
	for i, part := range c.parts {
		if i > 0 {
			b.WriteString(" " + c.op + " ")
		}
		switch {
		case part.op != "":
			b.WriteString("(" + part.String() + ")")
			lead = ""
		case lead != "" && lead == part.atoms[0].lead:
			b.WriteString(part.atoms[0].rest)
		default:
			b.WriteString(part.String())
			lead = part.atoms[0].lead
		}
	}
	for _, p := range c.atoms {
		b.WriteString(strings.TrimSpace(p.lead + " " + p.rest))
	}
	return b.String()
}

// describe puts one tag in words: what the file asks for, or, if that is so (ok), what is so.
func describe(tag string, want, ok bool) phrase {
	release, isRelease := strings.CutPrefix(tag, "go1.")
	experiment, isExperiment := strings.CutPrefix(tag, "goexperiment.")
	switch {
	case knownOS[tag] || knownArch[tag] || tag == "unix":
		return sign(want, phrase{"for", tag}, phrase{"not for", tag})
	case tag == "gc" || tag == "gccgo":
		return sign(want, phrase{"for compiler", tag}, phrase{"not for compiler", tag})
	case isRelease:
		return sign(want, phrase{"for go", "1." + release + " and later"}, phrase{"for go", "before 1." + release})
	case ok && isExperiment:
		return phrase{"GOEXPERIMENT", sign(want, experiment, "no"+experiment)}
	case ok && tag == "cgo":
		return phrase{"cgo", sign(want, "is on", "is off")}
	case ok && instrumented(tag):
		return phrase{"-" + tag, sign(want, "is set", "is not set")}
	case ok:
		return phrase{"tag " + tag, sign(want, "is set", "is not set")}
	case isExperiment:
		return sign(want, phrase{"needs", "GOEXPERIMENT=" + experiment}, phrase{"not with", "GOEXPERIMENT=" + experiment})
	case tag == "cgo":
		return sign(want, phrase{"needs", "cgo"}, phrase{"not with", "cgo"})
	case instrumented(tag):
		return sign(want, phrase{"needs", "-" + tag}, phrase{"not with", "-" + tag})
	}
	return sign(want, phrase{"needs", "tag " + tag}, phrase{"not with", "tag " + tag})
}

// instrumented reports whether the tag is what a flag of the same name sets.
func instrumented(tag string) bool { return tag == "race" || tag == "msan" || tag == "asan" }

func sign[T any](want bool, yes, no T) T {
	if want {
		return yes
	}
	return no
}
