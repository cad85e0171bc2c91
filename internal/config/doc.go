// Package config reads gorun.toml, the settings that a team keeps beside go.mod.
//
// The invariant: every key of the file either has its effect or is refused, with
// the file, the line, and what was probably meant. Nothing is passed over.
//
// A file comes down to words of a command line, "-tags=dev", so whatever is a flag
// is a key and means the same. Which flags there are the caller says with a list of
// Key; this package knows no flag by name but those that are several words
// elsewhere (commands, tags). The principal types are File and Settings.
//
//	find.go        where the file is, or would be
//	document.go    TOML as a tree with positions, in the order of the file
//	statement.go   one statement of it: what it says, and where
//	key.go         what a key takes, and the words it becomes
//	config.go      sections and profiles
//	program.go     programs: what -programs runs, and what they say of each other
//	nearestkey.go  what was probably meant
//
// What stands before what (command line, GORUNFLAGS, profile, top level) is cli's, and what
// follows from a change of the file is live's.
package config
