package cli

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
)

// printVersion prints the module's version as the go command stamped it, and
// what gorun was built with, for a bug report.
func printVersion(w io.Writer) {
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
	fmt.Fprintf(w, "gorun %s%s %s %s/%s\n", version, revision, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
