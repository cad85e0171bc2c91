package cli

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
)

// printVersion prints the module's version, and what gorun was built with, for a bug
// report.
func printVersion(w io.Writer) {
	fmt.Fprintf(w, "gorun %s %s %s/%s\n", versionText(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// versionText is the module's version as the go command stamped it.
func versionText() string {
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
