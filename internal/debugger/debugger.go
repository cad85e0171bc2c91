// Package debugger is what -debug means: how a program is built that a debugger can show,
// and how dlv runs it.
//
// A Flag is off, on, or the address that dlv listens at. That the program stays while it
// is stopped at a breakpoint is live's.
package debugger

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/gorun-dev/gorun/internal/gocmd"
	"github.com/gorun-dev/gorun/internal/goflags"
)

// A Flag is the value of -debug.
type Flag struct {
	On      bool
	Address string // that dlv listens at; "" if it does not run the program
}

// IsBoolFlag says that a bare -debug is true.
func (f *Flag) IsBoolFlag() bool { return true }

func (f *Flag) String() string {
	if f.Address != "" {
		return f.Address
	}
	return strconv.FormatBool(f.On)
}

// Set sets the flag to true, to false, or to an address.
func (f *Flag) Set(s string) error {
	if on, err := strconv.ParseBool(s); err == nil {
		*f = Flag{On: on}
		return nil
	}
	host, port, err := net.SplitHostPort(s)
	if n, errPort := strconv.ParseUint(port, 10, 16); err != nil || errPort != nil || n == 0 {
		return errors.New("must be true, false, or an address for dlv, such as :2345")
	}
	if host == "" {
		// Who can reach a debugger can do whatever its user can.
		host = "127.0.0.1"
	}
	*f = Flag{On: true, Address: net.JoinHostPort(host, port)}
	return nil
}

const (
	// compileFlags leave variables where they are declared, and calls where they are
	// made. go run leaves DWARF out of main (OmitDebug in cmd/go/internal/run).
	compileFlags = "-N -l -dwarf=true"
	// linkFlags undo what go run links with.
	linkFlags = "-s=false -w=false"
)

// BuildFlags returns the line with the build flags of -debug. Of flags that are for
// packages the last that matches counts, alone (go help build): so the user's own get
// what is needed, too. goFlags are those of GOFLAGS.
func (f Flag) BuildFlags(line goflags.Line, goFlags []string) goflags.Line {
	if !f.On {
		return line
	}
	build := []string{"-gcflags=all=" + compileFlags, "-ldflags=" + linkFlags}
	for _, flag := range append(slices.Clone(goFlags), line.Build...) {
		name, value, _ := strings.Cut(strings.TrimLeft(flag, "-"), "=")
		switch name {
		case "gcflags":
			build = append(build, "-gcflags="+strings.TrimSpace(value+" "+compileFlags))
		case "ldflags":
			build = append(build, "-ldflags="+strings.TrimSpace(value+" "+linkFlags))
		}
	}
	line.Build = append(slices.DeleteFunc(slices.Clone(line.Build), func(flag string) bool {
		name, _, _ := strings.Cut(strings.TrimLeft(flag, "-"), "=")
		return name == "gcflags" || name == "ldflags"
	}), build...)
	return line
}

// Check says, before anything is built, why dlv could not run the program. execFlag are
// the words of -exec.
func (f Flag) Check(execFlag []string, getenv func(string) string) error {
	if f.Address == "" {
		return nil
	}
	if len(execFlag) > 0 {
		return fmt.Errorf("-debug=%s and -exec exclude each other: each runs the program", f.Address)
	}
	_, err := f.find(getenv("PATH"), getenv)
	return err
}

// Command returns the file of dlv and the command line with which it runs a program that
// has the command line args. The program goes on at once, whether somebody is connected or
// not, and ends with dlv. path is the PATH in which dlv is looked up first.
func (f Flag) Command(exe string, args []string, path string, getenv func(string) string) (string, []string, error) {
	dlv, err := f.find(path, getenv)
	if err != nil {
		return "", nil, err
	}
	return dlv, append([]string{
		"dlv", "exec", "--headless", "--accept-multiclient", "--continue", "--api-version=2",
		"--log-dest=2", // standard output is the program's
		"--listen=" + f.Address, exe, "--",
	}, args[1:]...), nil
}

// find finds dlv in a PATH, or where go install puts it.
func (f Flag) find(path string, getenv func(string) string) (string, error) {
	name := "dlv"
	if runtime.GOOS == "windows" {
		name = "dlv.exe"
	}
	dirs := []string{path, getenv("GOBIN")}
	gopath := getenv("GOPATH")
	if gopath == "" {
		if home := getenv("HOME"); home != "" {
			gopath = filepath.Join(home, "go")
		}
	}
	for _, dir := range filepath.SplitList(gopath) {
		dirs = append(dirs, filepath.Join(dir, "bin"))
	}
	dirs = slices.DeleteFunc(dirs, func(dir string) bool { return dir == "" })
	file, ok := gocmd.LookUp(strings.Join(dirs, string(filepath.ListSeparator)), name)
	if !ok {
		return "", fmt.Errorf("-debug=%s needs dlv, which is neither in PATH nor among the go command's binaries\n"+
			"go install github.com/go-delve/delve/cmd/dlv@latest", f.Address)
	}
	return file, nil
}
