// Package reuse answers a compile of the go command with an archive that the direct way has
// made before, so that settling does not compile twice.
//
// The invariant: an archive is taken only where the compiler has made it from the very same
// inputs: tool, flags, directory, environment, every source and *whole* archives of imports,
// build IDs left out. That export data alone decide is what the direct way goes by, and what
// settling is to check: by them nothing is answered here. So a package that the direct way has
// left alone because its imports look the same is compiled by the compiler now, and what is put
// into GOCACHE is what would be there without.
//
// Not chosen: a store that fills itself as the go command compiles, keyed on export data. It
// answers the importers as well, which is most of the time that is left, but with the reasoning
// that is to be proved; and an error in it would stay in GOCACHE.
//
// An Offer says what there is; Answer takes its place in the go command's -toolexec. Which compiles are offered is
// incremental/direct's to know, when there is an offer is incremental's.
package reuse
