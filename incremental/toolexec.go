package incremental

// How verifying avoids to compile again what the direct way has just compiled: the go
// command gets gorun as its -toolexec. For a compile that the direct way has run with the
// very same inputs gorun writes the archive of that; for any other it becomes the compiler.
//
// This does not weaken the verification (package reuse has the rule): importers that the
// direct way left alone are compiled by the compiler. Measured on caddy (Go 1.26.8), in CPU
// seconds of a verification: after an edit of a body in modules/caddyhttp 18 instead of 22
// to 24, with one archive of 21 reused; after a new exported function there, for which 27
// packages were compiled directly, 5.

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/gorun-dev/gorun/incremental/reuse"
	"github.com/gorun-dev/gorun/internal/gocmd"
	"github.com/gorun-dev/gorun/internal/self"
)

// ToolexecRole is the go command's -toolexec. The directory of the offer and the tool's
// command line follow.
var ToolexecRole = self.Role{Name: "toolexec", Argument: "gorun:tool", Play: func(args []string) (status int) {
	if len(args) < 4 {
		return 2
	}
	return tool(args[2], args[3:])
}}

// offer lets the go command reuse what the direct way has compiled. It returns the
// directory of the offer, to be removed, and the flag for the go command; neither if
// there is nothing to reuse. There is no direct way, and so no offer, where the
// user gives a -toolexec.
func (b *Builder) offer() (dir string, flags []string) {
	session := b.directState().session
	if session == nil {
		return "", nil
	}
	o := session.Offer()
	if len(o.Archives) == 0 {
		return "", nil
	}
	dir, err := os.MkdirTemp(b.scratch.entry, "offer")
	if err != nil {
		b.cfg.Debug("nothing is reused: %v", err)
		return "", nil
	}
	gorun, err := self.File()
	words := []string{gorun, ToolexecRole.Argument, dir}
	for i, w := range words {
		var e error
		words[i], e = quote(w)
		err = errors.Join(err, e)
	}
	if err = errors.Join(err, o.Write(dir)); err != nil {
		b.cfg.Debug("nothing is reused: %v", err)
		os.RemoveAll(dir)
		return "", nil
	}
	return dir, []string{"-toolexec=" + strings.Join(words, " ")}
}

// tool does what the command line of a tool says, by an archive of the offer or
// by the tool itself.
func tool(offer string, argv []string) (status int) {
	dir, err := os.Getwd()
	if err == nil {
		if err = reuse.Answer(offer, argv, dir, os.Environ()); err == nil {
			return 0
		}
	}
	if status, err = (gocmd.Tool{Argv: argv, Env: os.Environ()}).Become(); err != nil {
		fmt.Fprintln(os.Stderr, "gorun:", err)
		return 2
	}
	return status
}
