package result

// A Save is one kind of save, and a column of the tables of reloads.
type Save struct {
	Name, Title string
	Invisible   bool // it changes nothing in the executable
}

// The kinds of save. First is a body edit that comes as soon as the program runs,
// when what gorun does in the background has had no time; it is measured for the
// tools that do something there.
var (
	First    = Save{Name: "first", Title: "first save"}
	Body     = Save{Name: "body", Title: "same-line body"}
	Lines    = Save{Name: "lines", Title: "added lines"}
	Function = Save{Name: "function", Title: "new function"}
	Closure  = Save{Name: "closure", Title: "new closure"}
	Main     = Save{Name: "main", Title: "package main"}
	Embed    = Save{Name: "embed", Title: "embedded file"}
	Comment  = Save{Name: "comment", Title: "comment", Invisible: true}
)

// Saves are all kinds, in the order of the tables.
var Saves = []Save{First, Body, Lines, Function, Closure, Main, Embed, Comment}
