package oracle

import (
	"go/token"
	"strconv"
	"strings"
)

// A kind is a sort of edit that people make; each is as likely as the others, however many edits are of it.
type kind string

const (
	expression kind = "expression"
	statement  kind = "statement"
	moreLines  kind = "lines added"
	fewerLines kind = "lines removed"
	function   kind = "new function"
	signature  kind = "changed signature"
	constant   kind = "constant"
	typeDecl   kind = "type"
	genericFn  kind = "generic body"
	inlinable  kind = "inlinable body"
	comment    kind = "comment"
	imported   kind = "import"
	directive  kind = "directive"
	embedded   kind = "embedded file"
	mistake    kind = "mistake"
	undone     kind = "undo"
)

// An edit changes the text of one Go file as somebody might who works on it. n makes the names it adds new ones. It
// returns nil when the file has no place for it. The result parses or not, compiles or not: both are edits people make.
type edit struct {
	kind kind
	name string
	do   rewrite
}

// fill returns a function that puts its number into the format, wherever that says #.
func fill(format string) func(int) string {
	return func(n int) string { return strings.ReplaceAll(format, "#", strconv.Itoa(n)) }
}

var edits = []edit{
	{expression, "number in a body", literal(token.INT, inBody)},
	{expression, "string in a body", literal(token.STRING, inBody)},
	{expression, "operator", operator},
	{expression, "condition", condition},

	{statement, "at the beginning", first(nil, fill(" println(#); "))},
	{statement, "somewhere", somewhere(nil, fill(`println("s#"); `))},
	{statement, "twice", twice(nil)},
	{statement, "deleted, its line not", deleteStatement(nil, false)},

	{moreLines, "one", first(nil, fill("\n\tprintln(#)\n"))},
	{moreLines, "an if", somewhere(nil, fill("println(#)\n\tif len(\"x\") > # {\n\t\tprintln(\"y\")\n\t}\n\t"))},
	{moreLines, "blank, in a body", somewhere(nil, fill("\n\n\t"))},
	{moreLines, "blank, outside", declare(fill(""))},
	{moreLines, "a call over lines", first(nil, fill("\n\tprintln(\n\t\t#,\n\t\t\"x\",\n\t)\n"))},

	{fewerLines, "a statement", deleteStatement(nil, true)},
	{fewerLines, "a statement of one that can be inlined", deleteStatement(short, true)},
	{fewerLines, "a blank one", joinLines(isBlank)},
	{fewerLines, "a comment", joinLines(isComment)},

	{function, "not exported", declare(fill("func gorunFunc#(x int) int {\n\tprintln(x)\n\treturn x + #\n}"))},
	{function, "exported", declare(fill("func GorunFunc#(x int) int { return x + # }"))},
	{function, "used", declare(fill("func gorunUsed#() { println(#) }\n\nfunc init() { gorunUsed#() }"))},
	{function, "init", declare(fill("func init() { println(#) }"))},
	{function, "generic", declare(fill("func gorunGeneric#[T any](x T) T { return x }\n\n" +
		"var gorunInst# = gorunGeneric#(#)"))},
	{function, "closure", first(nil, fill("\n\tfunc() { println(#) }()\n"))},
	{function, "closure, deferred, same lines", first(nil, fill(" defer func() { println(#) }(); "))},
	{function, "closure of a variable", declare(fill("var gorunVar# = func() int { return # }()"))},
	{function, "method", method},

	{signature, "variadic", variadic},
	{signature, "a result named", nameResults},
	{signature, "a result more", moreResults},
	{signature, "comment in it", signatureComment},

	{constant, "number", literal(token.INT, inConst)},
	{constant, "string", literal(token.STRING, inConst)},
	{constant, "number of a variable", literal(token.INT, inVar)},
	{constant, "string of a variable", literal(token.STRING, inVar)},
	{constant, "iota", shiftIota},
	{constant, "new", declare(fill("const gorunConst# = #"))},

	{typeDecl, "new", declare(fill("type gorunType# struct{ a, b int }\n\n" +
		"func (t gorunType#) String() string { return \"t#\" }\n\n" +
		"var _ interface{ String() string } = gorunType#{}"))},
	{typeDecl, "new, generic", declare(fill("type GorunList#[E any] []E\n\n" +
		"func (l GorunList#[E]) Len() int { return len(l) }\n\nvar gorunList# = GorunList#[string]{\"#\"}"))},
	{typeDecl, "new, local", first(nil, fill("\n\ttype gorunLocal# struct{ x int }\n"+
		"\tvar gorunAny# any = gorunLocal#{#}\n\t_ = gorunAny#\n"))},
	{typeDecl, "field", field},
	{typeDecl, "tag of a field", fieldTag},

	{genericFn, "line", first(generic, fill("\n\tprintln(#)\n"))},
	{genericFn, "same lines", first(generic, fill(" gorun# := #; _ = gorun#; "))},
	{genericFn, "somewhere", somewhere(generic, fill("println(#)\n\t"))},
	{genericFn, "closure", first(generic, fill(" func() { println(#) }(); "))},
	{genericFn, "statement twice", twice(generic)},
	{genericFn, "statement deleted", deleteStatement(generic, false)},
	{genericFn, "statement and line deleted", deleteStatement(generic, true)},

	{inlinable, "line", first(short, fill("\n\tprintln(#)\n"))},
	{inlinable, "same lines", first(short, fill(" gorun# := #; _ = gorun#; "))},
	{inlinable, "blank line", first(short, fill("\n\n"))},
	{inlinable, "its position printed", printPosition(false)},
	{inlinable, "its position printed, lines added", printPosition(true)},
	{inlinable, "not any more", noinline},

	{comment, "in a body", somewhere(nil, fill("// comment #\n\t"))},
	{comment, "on the line", somewhere(nil, fill("/* # */ "))},
	{comment, "outside", declare(fill("// comment #"))},
	{comment, "of several lines", declare(fill("/*\ncomment #\n*/"))},

	{imported, "that the package may have", addImport},
	{directive, "constraint", constrain},

	{mistake, "undefined name", first(nil, fill("\n\tundefinedName#()\n"))},
	{mistake, "unused variable", first(nil, fill("\n\tunused# := #\n"))},
	{mistake, "syntax", first(nil, fill(" ) "))},
	{mistake, "unused import", head(fill("import gorunUnused# \"errors\""))},
}

// kinds returns the kinds that edits are made of, in the table's order.
func kinds() []kind {
	var list []kind
	for _, e := range edits {
		if len(list) == 0 || list[len(list)-1] != e.kind {
			list = append(list, e.kind)
		}
	}
	return append(list, embedded)
}
