package tagexpr

import (
	"path"
	"strings"
)

// The names that count in a file's name, past, present and future: internal/syslist of Go 1.26, held against
// GOROOT by a test. They are fixed with the release gorun is built with, as they are in the go command.
var (
	knownOS = set("aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris " +
		"wasip1 windows zos")
	unixOS = set("aix android darwin dragonfly freebsd hurd illumos ios linux netbsd openbsd solaris")

	knownArch = set("386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32 " +
		"mips64p32le ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm")
)

// KnownSystem reports whether a tag is the name of a system or an architecture, which
// counts in files' names, too.
func KnownSystem(tag string) bool { return knownOS[tag] || knownArch[tag] }

// sourceEndings are the endings that go/build has a list for (fileListForExt).
var sourceEndings = set(".go .c .cc .cpp .cxx .m .h .hh .hpp .hxx .f .F .for .f90 .s .S .sx .swig .swigcxx .syso")

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

// needsCgo reports whether the file's language is dropped from every package when cgo is off (cmd/go/internal/load), or
// enters only beside files that import "C" (.S and .sx, go/build).
func needsCgo(name string) bool {
	switch path.Ext(name) {
	case ".c", ".cc", ".cpp", ".cxx", ".m", ".swig", ".swigcxx", ".S", ".sx":
		return true
	}
	return false
}

// A suffix is the target that a file's name ends in; "" where it names none.
type suffix struct{ os, arch string }

// parseSuffix reads name_GOOS, name_GOARCH and name_GOOS_GOARCH before the first dot, with or without _test after them
// (goodOSArchFile in go/build). What stands before the first _ does not count: linux.go is for every system.
func parseSuffix(name string) suffix {
	name, _, _ = strings.Cut(name, ".")
	words := strings.Split(name, "_")[1:]
	if n := len(words); n > 0 && words[n-1] == "test" {
		words = words[:n-1]
	}
	var last, before string
	if n := len(words); n > 0 {
		last = words[n-1]
		if n > 1 {
			before = words[n-2]
		}
	}
	switch {
	case knownOS[before] && knownArch[last]:
		return suffix{before, last}
	case knownOS[last]:
		return suffix{os: last}
	case knownArch[last]:
		return suffix{arch: last}
	}
	return suffix{}
}

// eval gives the whole target as the cause, even if one half of it would do: "for windows/amd64".
func (s suffix) eval(c *Context) cause {
	ok := (s.os == "" || c.has(s.os)) && (s.arch == "" || c.has(s.arch))
	target := s.os
	if s.arch != "" {
		if target != "" {
			target += "/"
		}
		target += s.arch
	}
	if target == "" {
		return cause{ok: true}
	}
	return cause{ok: ok, atoms: []phrase{{"for", target}}}
}

// tags names the tags that decide over the suffix.
func (s suffix) tags() []string {
	var tags []string
	if s.os != "" {
		tags = append(tags, s.os)
	}
	if s.arch != "" {
		tags = append(tags, s.arch)
	}
	return tags
}
