package self

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
)

// PrintVersion prints the module's version, and what gorun was built with, for a bug
// report.
func PrintVersion(w io.Writer) {
	fmt.Fprintf(w, "gorun %s %s %s/%s\n", Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// Version is the module's version as the go command stamped it.
func Version() string {
	version, revision := "(devel)", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		if info.Main.Version != "" {
			version = info.Main.Version
		}
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = " " + s.Value
			}
		}
	}
	return version + revision
}
