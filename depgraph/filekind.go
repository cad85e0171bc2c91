package depgraph

import (
	"path/filepath"
	"strings"
)

// A FileKind says what a file is to its package.
type FileKind uint8

const (
	Go         FileKind = iota // Go, with or without import "C"
	C                          // C, C++, Objective-C, Fortran: compiled for cgo
	Header                     // a header in the package's directory
	Asm                        // assembly
	Swig                       // SWIG
	Syso                       // a .syso object, linked in
	Embedded                   // by //go:embed
	Included                   // a header in another directory, or a library; GOCACHE does not know of it
	PGOProfile                 // of -pgo
	Ignored                    // left out, and why is in its Reason
)

func (k FileKind) String() string {
	return [...]string{
		"Go", "C source", "header", "assembly", "SWIG interface", "object",
		"embedded file", "included file", "profile", "ignored",
	}[k]
}

// kindOf is the kind of a file in a package's directory by its ending.
func kindOf(name string) FileKind {
	switch filepath.Ext(name) {
	case ".go":
		return Go
	case ".h", ".hh", ".hpp", ".hxx":
		return Header
	case ".s", ".S", ".sx":
		return Asm
	case ".swig", ".swigcxx":
		return Swig
	case ".syso":
		return Syso
	}
	return C
}

// isSharedLibrary reports whether a file is a library that programs load, by its name.
func isSharedLibrary(path string) bool {
	name := filepath.Base(path)
	switch filepath.Ext(name) {
	case ".so", ".dylib", ".dll":
		return true
	}
	return strings.Contains(name, ".so.") // with its version
}

// isSource reports whether the go command reads a file with this name when
// it lists a package.
func isSource(name string) bool {
	return hasSourceEnding(name) && name[0] != '_' && name[0] != '.'
}

// hasSourceEnding reports whether go/build has a list for such files (fileListForExt).
func hasSourceEnding(name string) bool {
	switch filepath.Ext(name) {
	case ".go", ".c", ".cc", ".cpp", ".cxx", ".m", ".h", ".hh", ".hpp", ".hxx",
		".f", ".F", ".for", ".f90", ".s", ".S", ".sx", ".swig", ".swigcxx", ".syso":
		return true
	}
	return false
}
