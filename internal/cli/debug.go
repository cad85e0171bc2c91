package cli

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/internal/goflags"
)

// -debug: a program as a debugger wants it, and one that stays while it is looked at.

// A debugFlag is off, on, or the address that dlv listens at.
type debugFlag struct {
	on      bool
	address string
}

func (d *debugFlag) IsBoolFlag() bool { return true }

func (d *debugFlag) String() string {
	if d.address != "" {
		return d.address
	}
	return strconv.FormatBool(d.on)
}

func (d *debugFlag) Set(s string) error {
	if on, err := strconv.ParseBool(s); err == nil {
		*d = debugFlag{on: on}
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
	*d = debugFlag{on: true, address: net.JoinHostPort(host, port)}
	return nil
}

const (
	// debugCompile leaves variables where they are declared, and calls where they
	// are made. go run leaves DWARF out of main (OmitDebug in cmd/go/internal/run).
	debugCompile = "-N -l -dwarf=true"
	// debugLink undoes what go run links with.
	debugLink = "-s=false -w=false"
)

// debugging returns the line with the build flags of -debug. Of flags that are for
// packages the last that matches counts, alone (go help build): so the user's own
// get what is needed, too. goFlags are those of GOFLAGS.
func (d debugFlag) debugging(line goflags.Line, goFlags []string) goflags.Line {
	if !d.on {
		return line
	}
	build := []string{"-gcflags=all=" + debugCompile, "-ldflags=" + debugLink}
	for _, flag := range append(slices.Clone(goFlags), line.Build...) {
		name, value, _ := strings.Cut(strings.TrimLeft(flag, "-"), "=")
		switch name {
		case "gcflags":
			build = append(build, "-gcflags="+strings.TrimSpace(value+" "+debugCompile))
		case "ldflags":
			build = append(build, "-ldflags="+strings.TrimSpace(value+" "+debugLink))
		}
	}
	line.Build = append(slices.DeleteFunc(slices.Clone(line.Build), func(flag string) bool {
		name, _, _ := strings.Cut(strings.TrimLeft(flag, "-"), "=")
		return name == "gcflags" || name == "ldflags"
	}), build...)
	return line
}

// underDebugger makes dlv run a program. It goes on at once, whether somebody is
// connected or not, and ends with dlv.
func (c *command) underDebugger(spec exec.Spec, path string) (exec.Spec, error) {
	dlv, err := c.findDebugger(path)
	if err != nil {
		return spec, err
	}
	args := append([]string{
		"dlv", "exec", "--headless", "--accept-multiclient", "--continue", "--api-version=2",
		"--log-dest=2", // standard output is the program's
		"--listen=" + c.flags.debug.address, spec.Path, "--",
	}, spec.Args[1:]...)
	spec.Path, spec.Args = dlv, args
	return spec, nil
}

// findDebugger finds dlv in PATH, or where go install puts it.
func (c *command) findDebugger(path string) (string, error) {
	name := "dlv"
	if runtime.GOOS == "windows" {
		name = "dlv.exe"
	}
	dirs := []string{path, c.getenv("GOBIN")}
	gopath := c.getenv("GOPATH")
	if gopath == "" {
		if home := c.getenv("HOME"); home != "" {
			gopath = filepath.Join(home, "go")
		}
	}
	for _, dir := range filepath.SplitList(gopath) {
		dirs = append(dirs, filepath.Join(dir, "bin"))
	}
	dirs = slices.DeleteFunc(dirs, func(dir string) bool { return dir == "" })
	file, err := findIn(strings.Join(dirs, string(filepath.ListSeparator)), name)
	if err != nil {
		return "", fmt.Errorf("-debug=%s needs dlv, which is neither in PATH nor among the go command's binaries\ngo install github.com/go-delve/delve/cmd/dlv@latest", c.flags.debug.address)
	}
	return file, nil
}

// checkDebugger says that there is no dlv before anything is built.
func (c *command) checkDebugger() error {
	if c.flags.debug.address == "" {
		return nil
	}
	if len(c.line.Exec) > 0 {
		return fmt.Errorf("-debug=%s and -exec exclude each other: each runs the program", c.flags.debug.address)
	}
	_, err := c.findDebugger(c.getenv("PATH"))
	return err
}
