package incremental

// How settling does not compile again what the direct way has just compiled: it
// gives the go command gorun as -toolexec, which takes such an archive where the
// compiler would make the very same one, and else becomes the tool.
//
// What that leaves of the check (package reuse has the rule): an edit that leaves
// the importers' archives as they are has them compiled by the compiler, as
// before. Measured on caddy (Go 1.26.8), in CPU seconds of settling: after a body
// edit in modules/caddyhttp 18 instead of 22 to 24, with one archive taken of 21;
// after a new exported function there, for which 27 packages were compiled directly, 5.

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/gorun-dev/gorun/incremental/reuse"
	"github.com/gorun-dev/gorun/internal/gocmd"
)

// toolRole is the hidden first argument that makes gorun the go command's
// -toolexec; the directory of the offer and the tool's command line follow.
const toolRole = "gorun:tool"

// offer lets the go command take what the direct way has compiled. It returns the
// directory of the offer, to be removed, and the flag for the go command; neither if
// there is nothing to take. There is no direct way, and so no offer, where the
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
	words := []string{b.cfg.Self, toolRole, dir}
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
