// Package reuse answers a compile of the go command with an archive that the direct way has
// compiled before, so that verifying does not compile twice.
//
// The invariant: an archive is reused only where the compiler has written it from the very same
// inputs: tool, flags, directory, environment, every source and *whole* archives of imports,
// build IDs left out. The direct way goes by the export data of imports alone. Verifying has to
// check just that, so equal export data are not enough here: a package that the direct way has
// left alone is compiled by the compiler now, and GOCACHE holds what it would hold without gorun.
//
// Not chosen: a store that fills as the go command compiles, keyed on export data. It would answer
// the importers as well, which are most of the time that is left, but by the very reasoning that
// verifying has to prove; and an error in it would stay in GOCACHE.
//
// An Offer says which archives there are; Answer runs as the go command's -toolexec and writes
// one of them. Which compiles are offered is incremental/direct's to know, when there is an offer
// is incremental's.
package reuse
