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
// What a start does:
//
//	start.go         one start: find the executable, or claim the build and have it recorded
//	livestart.go     the same for a gorun that stays
//	namedset.go      the maker of the named set, a process of its own
//	follow.go        the record follows what that gorun builds
//	commandline.go   a command line as far as it decides what is built, and its key
//	index.go         the directory of records: look up, write, trim
//	claim.go         who builds, and how long others wait
//	lock_*.go        the lock that a claim is
//	record.go        what a record holds
//	encoding.go      its form on the disk
//	clean.go         -clean
//	check.go         is the disk as the record says
//	unrecordable.go  what is not recorded, and why
//
// What the recorder does, a process of its own:
//
//	roles.go         the recorder's life, and the -exec helper that starts it
//	recorder.go      make a record: survey, build, compare
//	survey.go        what decides the build, before it
//	inputs.go        all that decides a build
//	golist.go        the files that go list names
//
// Where executables are kept and how one is built is incremental's, what decides
// a build within the modules is depgraph's.
package startcache
