// Package oracle tests the direct way with random edits, by what the go command makes
// of the same files. It is no part of gorun: it stands with incremental, whose tests it
// drives.
//
// It edits a copy of a module, one edit after another, and after each compares the
// executable that the direct way builds with the one that go run builds, build IDs left
// out. Where a twin was used line tables are left out as well; both executables run, and
// what they print is compared with positions masked. After some of those the direct way
// is prepared again, as gorun does while nobody waits; then the executables and what they
// print must be the same with nothing left out.
//
// The tests make some edits, with -tags=long more, and as many as -edits says:
//
//	go test ./incremental/oracle -timeout 0 -v -edits 200 -seed 7
//	go test ./incremental/oracle -timeout 0 -v -edits 50 -module ~/src/caddy -target ./cmd/caddy -arguments version
//
// Without -module it generates one. -exact leaves out twins, -named builds with the named set;
// random_test.go lists all flags. It prints a line for each edit, and at the end how many there
// were of each kind and way (go test shows that as it comes with -v). It fails at the first
// difference and leaves the copy of the module where it is, which it names.
//
// Which way package live chooses, and why, is not tested here but by its own tests.
//
// The files:
//
//   - oracle.go: the sequence of edits; compare.go: one edit, built both ways.
//   - edits.go: the table of edits; bodychanges.go and declchanges.go rewrite sources,
//     places.go finds where.
//   - module.go: the packages of a module, and go commands; generate.go: a module.
//   - program.go: what a program does when it runs; report.go: counts.
//   - random_test.go: the flags, and the test.
package oracle
