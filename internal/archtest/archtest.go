// Package archtest holds the project to what its documents say.
//
// The tables of ARCHITECTURE.md are the only place where it stands who may import
// whom; the tests here read them, and the import clauses of the files. They call no
// go command, whose reads the test cache would not see.
//
//	table.go          reads a Markdown table
//	archtest_test.go  imports are those of ARCHITECTURE.md; os.Exit is main's
//	links_test.go     what the documents link to is there; the README is short
package archtest
