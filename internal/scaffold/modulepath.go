package scaffold

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/module"
)

// checkModulePath says what is wrong with the path of a module: what `go mod init` says
// (CreateModFile in cmd/go/internal/modload), and that imports of its packages would not work.
func checkModulePath(p string) error {
	err := module.CheckImportPath(p)
	if bad, ok := errors.AsType[*module.InvalidPathError](err); ok {
		return fmt.Errorf("malformed module path %q: %w", p, bad.Err)
	} else if err != nil {
		return err
	}
	elements := strings.Split(p, "/")
	switch _, _, ok := module.SplitPathVersion(p); {
	case !ok && elements[0] == "gopkg.in":
		return fmt.Errorf("invalid module path %q: one of gopkg.in ends in .vN", p)
	case !ok:
		return fmt.Errorf("invalid module path %q: a major version is /vN, and only from /v2 on", p)
	case slices.Contains(elements, "vendor"):
		return fmt.Errorf("invalid module path %q: the go command does not let a path with vendor be imported", p)
	case slices.Contains(reserved, elements[0]):
		return reservedError(p, elements[0])
	}
	return nil
}

// reserved are first elements that mean something to the go command: package patterns, and what it
// keeps for itself (loadPackageData, CheckReservedModulePath).
var reserved = []string{"all", "cmd", "go", "mod", "std", "tool", "toolchain", "work"}

// CheckStandard refuses a module path that begins like packages of the standard library in goroot:
// the go command takes an import of them for the library's.
func (p Project) CheckStandard(goroot string) error {
	first, _, _ := strings.Cut(p.module, "/")
	if info, err := os.Stat(filepath.Join(goroot, "src", first)); err != nil || !info.IsDir() {
		return nil
	}
	return reservedError(p.module, first)
}

// MayBeStandard reports whether CheckStandard has anything to find: a path that begins with the name
// of a domain is never the standard library's.
func (p Project) MayBeStandard() bool {
	first, _, _ := strings.Cut(p.module, "/")
	return !strings.Contains(first, ".")
}

func reservedError(p, first string) error {
	return fmt.Errorf("invalid module path %q: %s is the go command's own; example.com/%s would do", p, first, path.Base(p))
}

// nameOf is the last element of a module path, without the major version.
func nameOf(p string) string {
	prefix, _, _ := module.SplitPathVersion(p)
	return path.Base(prefix)
}

// maxLabel leaves room for -worker in the 63 bytes of a label.
const maxLabel = 63 - len("-worker")

// labelOf makes a name one that Kubernetes takes for a service (RFC 1035): lower-case letters, digits
// and hyphens, a letter first.
func labelOf(name string) string {
	label := strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
			return r
		case 'A' <= r && r <= 'Z':
			return r - 'A' + 'a'
		}
		return '-'
	}, name)
	label = strings.TrimLeft(label, "-")
	if label == "" || label[0] <= '9' {
		label = "app-" + label
	}
	return strings.TrimRight(label[:min(len(label), maxLabel)], "-")
}
