package startcache

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/semver"
)

// An unrecordable says why nothing is recorded of a program, for good or until it is
// changed. It is an error of making a record that the record itself keeps.
type unrecordable string

func (u unrecordable) Error() string { return string(u) }

// Unrecordable says why nothing is recorded of starts with these build flags, patterns
// and environment. It returns "" if these are no reason; what the recorder finds on the
// disk may be one. Flags are those of GOFLAGS and then those of the command line, each
// "-name=value" or "-name".
//
// A flag must be known here: with a flag of a later go command nothing is recorded.
func Unrecordable(flags, patterns []string, versioned bool, env func(name string) string) string {
	last := map[string]string{}
	for _, f := range flags {
		name, value, has := strings.Cut(strings.TrimLeft(f, "-"), "=")
		if !has {
			value = "true"
		}
		last[name] = value
	}
	for _, name := range slices.Sorted(maps.Keys(last)) {
		if why := flagReason(name, last[name]); why != "" {
			return why
		}
	}
	if len(patterns) == 0 {
		return "nothing is named"
	}
	for _, p := range patterns {
		switch {
		case versioned:
			if why := versionReason(p); why != "" {
				return why
			}
		case strings.Contains(p, "..."):
			return p + ": which packages match depends on what else there is"
		case slices.Contains([]string{"all", "cmd", "std", "tool", "work"}, p):
			return p + " is a list of packages"
		}
	}
	if env("GO111MODULE") == "off" {
		return "GO111MODULE=off: every directory of GOPATH decides"
	}
	if v := env("GOPACKAGESDRIVER"); v != "" && v != "off" {
		return "GOPACKAGESDRIVER: something else than the go command lists packages"
	}
	for _, name := range []string{"GOSSAFUNC", "GOSSADIR", "GOCOMPILEDEBUG"} {
		if env(name) != "" {
			return name + ": the compiler prints on each build"
		}
	}
	return ""
}

// flagReason says why nothing is recorded with a build flag, "" if the flag is no reason.
func flagReason(name, value string) string {
	because := func(why string) string { return fmt.Sprintf("-%s=%s: %s", name, value, why) }
	on, err := strconv.ParseBool(value)
	off := err == nil && !on
	switch name {
	case "tags", "race", "gcflags", "ldflags", "asmflags", "trimpath", "modcacherw", "p", "modfile":
		return "" // text to the go command: in the key
	case "pgo":
		return "" // the profile is an input
	case "exec":
		return "" // what runs the program, not what it is
	case "mod":
		if value != "" && value != "readonly" && value != "vendor" {
			return because("the build may write go.mod")
		}
		return ""
	case "buildmode":
		if value != "" && value != "default" && value != "exe" && value != "pie" {
			return because("no ordinary executable")
		}
		return ""
	case "buildvcs":
		if value != "" && value != "auto" && !off {
			return because("the state of the repository decides")
		}
		return ""
	case "compiler":
		if value != "gc" {
			return because("another toolchain")
		}
		return ""
	}
	if off {
		return ""
	}
	switch name {
	case "a":
		return because("everything is built each time")
	case "n", "x", "v", "json", "work":
		return because("the build prints")
	case "toolexec":
		return because("what it runs may read anything")
	case "overlay":
		return because("files are elsewhere than they seem")
	case "msan", "asan":
		return because("the C compiler's libraries decide")
	case "cover", "covermode", "coverpkg":
		return because("which packages match is not known")
	}
	return because("what it reads is not known")
}

// versionReason says why package@version may mean something else tomorrow.
func versionReason(pattern string) string {
	_, version, _ := strings.Cut(pattern, "@")
	if semver.IsValid(version) && semver.Canonical(version)+semver.Build(version) == version {
		return ""
	}
	return version + " is no released version: it may be another one tomorrow"
}

// goEnvReason says why nothing is recorded under the settings of the go command, "" if
// they are no reason.
func goEnvReason(goenv map[string]string) string {
	switch {
	case goenv["GOOS"] != goenv["GOHOSTOS"] || goenv["GOARCH"] != goenv["GOHOSTARCH"]:
		return "the program is for another machine: what runs it decides, too"
	case !strings.HasPrefix(goenv["GOVERSION"], "go1."):
		return "the toolchain " + goenv["GOVERSION"] + " is no release"
	case goenv["GOROOT"] == "" || !filepath.IsAbs(goenv["GOTOOLDIR"]):
		return "the toolchain's directories are not known"
	}
	return ""
}
