// Package startcache knows programs that are built already: a start with which
// nothing changed since an earlier one is a start of the executable that is in
// the store, without a build and without asking the go command anything.
//
// The invariant: an executable is started without a build only if everything
// that decided its build is as it was, by metadata that is proof or by content.
// What cannot be known is not recorded, and such a program goes the ordinary
// way. Clocks are not trusted: a record is made of what was on the disk both
// before and after a build that the recorder itself has the go command do.
//
//	key.go       a command line as far as it decides what is built
//	record.go    what a record holds, and its form on the disk
//	check.go     is the disk as the record says
//	refuse.go    what is not recorded, and why
//	inputs.go    all that decides a build
//	recorder.go  make a record: look, build, look again
//	book.go      the directory of records: find, write, lock, trim
//
// Where executables are kept and how one is built is incremental's, what decides
// a build within the modules is depgraph's, and who waits for what is cli's.
package startcache
