package startcache

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/semver"
)

// Refuse says why nothing is recorded of starts with these build flags, patterns
// and environment, "" if that is not yet known to be so. Flags are those of GOFLAGS
// and then those of the command line, each "-name=value" or "-name".
//
// A flag is allowed by name, so one of a later go command is refused at first.
func Refuse(flags, patterns []string, versioned bool, env func(name string) string) string {
	last := map[string]string{}
	for _, f := range flags {
		name, value, has := strings.Cut(strings.TrimLeft(f, "-"), "=")
		if !has {
			value = "true"
		}
		last[name] = value
	}
	for _, name := range sortedKeys(last) {
		if why := refuseFlag(name, last[name]); why != "" {
			return why
		}
	}
	if len(patterns) == 0 {
		return "nothing is named"
	}
	for _, p := range patterns {
		switch {
		case versioned:
			if why := refuseVersion(p); why != "" {
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

// refuseFlag says why a build flag keeps a start from being recorded.
func refuseFlag(name, value string) string {
	refuse := func(why string) string { return fmt.Sprintf("-%s=%s: %s", name, value, why) }
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
			return refuse("the build may write go.mod")
		}
		return ""
	case "buildmode":
		if value != "" && value != "default" && value != "exe" && value != "pie" {
			return refuse("no ordinary executable")
		}
		return ""
	case "buildvcs":
		if value != "" && value != "auto" && !off {
			return refuse("the state of the repository decides")
		}
		return ""
	case "compiler":
		if value != "gc" {
			return refuse("another toolchain")
		}
		return ""
	}
	if off {
		return ""
	}
	switch name {
	case "a":
		return refuse("everything is built each time")
	case "n", "x", "v", "json", "work":
		return refuse("the build prints")
	case "toolexec":
		return refuse("what it runs may read anything")
	case "overlay":
		return refuse("files are elsewhere than they seem")
	case "msan", "asan":
		return refuse("the C compiler's libraries decide")
	case "cover", "covermode", "coverpkg":
		return refuse("which packages match is not known")
	}
	return refuse("what it reads is not known")
}

// refuseVersion says why package@version may mean something else tomorrow.
func refuseVersion(pattern string) string {
	_, version, _ := strings.Cut(pattern, "@")
	if semver.IsValid(version) && semver.Canonical(version)+semver.Build(version) == version {
		return ""
	}
	return version + " is no released version: it may be another one tomorrow"
}

// refuseGoEnv says why the go command's settings keep a start from being
// recorded.
func refuseGoEnv(goenv map[string]string) string {
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
