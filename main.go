// Command gorun is `go run` that stays alive: it starts a program as `go run`
// would, notices what you save, rebuilds only what that save can change, and
// puts the new executable in the old one's place.
//
// Run gorun -h for its flags.
package main

import (
	"os"

	"github.com/gorun-dev/gorun/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args))
}
