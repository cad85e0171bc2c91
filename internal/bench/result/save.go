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

// The moments of a working day, the columns of its table. Between DayBody and DayRested lies a break in which the
// tool does all that it does while nobody saves; before DayAgain the tool is ended right after the save of
// DayRested.
var (
	DayStart         = Save{Name: "day-start", Title: "start"}
	DayFirst         = Save{Name: "day-first", Title: "first save"}
	DayFunction      = Save{Name: "day-function", Title: "early new function"}
	DayBody          = Save{Name: "day-body", Title: "same-line body"}
	DayRested        = Save{Name: "day-rested", Title: "new function after a rest"}
	DayAgain         = Save{Name: "day-again", Title: "start again, unchanged"}
	DayFirstAgain    = Save{Name: "day-first-again", Title: "first save"}
	DayFunctionAgain = Save{Name: "day-function-again", Title: "early new function"}
)

// Day are the moments of a working day, in their order.
var Day = []Save{DayStart, DayFirst, DayFunction, DayBody, DayRested, DayAgain, DayFirstAgain, DayFunctionAgain}

// Saves are all kinds, in the order of the tables.
var Saves = []Save{First, Body, Lines, Function, Closure, Main, Embed, Comment}
