package direct

import "strings"

// Named objects: a second way to compile a program, in which a new function, closure or type of a package leaves what its
// importers know of it as it was.
//
// The compiler numbers the symbols of a package, and objects of importers refer to them by number; one symbol more shifts the
// others, the numbers stand in the export data, and all importers have to be compiled. The compiler's own flag -linkshared makes objects
// refer to each other by name (cmd/internal/obj, isNonPkgSym), so that export data hold no numbers. The link stays an ordinary one.
//
// All packages or none: a type that one object calls by name and another by number has two hashes, and the program two
// tables of its methods, of which errors.Is finds the wrong one. So the flag is given for all, the go command builds the set once, at
// low priority, under IDs of their own in GOCACHE, and the direct way changes over when it is complete: a Direct prepared with
// Setup.Named is the changed-over one, and until Prepare has returned there is nothing to forget. `go run` with the same flag is then
// what its executables are compared with.
//
// Not chosen: -dynlink or -shared, which change the code that is generated, and position-independent references by
// patching the numbers in importers, which needs the format of the compiler's objects in both directions.

// NamedFlag is the build flag for named objects.
const NamedFlag = "-gcflags=all=-linkshared"

// refusedNamed says why some flags rule named objects out: what was not shown to be right with them is left to numbers.
func refusedNamed(flags []string) string {
	for _, f := range flags {
		name, _, _ := strings.Cut(strings.TrimLeft(f, `'"-`), "=")
		switch name {
		case "gcflags", "toolexec", "buildmode", "race", "msan", "asan":
			return "no named objects with -" + name
		}
	}
	return ""
}
