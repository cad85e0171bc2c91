package incremental

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/incremental/direct"
)

// An Alarm says that the program that runs is not what the go command makes of its files.
//
// With an Input that is nobody's fault: a file changed that no watcher sees, such as one in
// the module cache, and the program has to be built again. Without one it is a mismatch: a
// direct build was wrong, and no build of this run is direct any more.
type Alarm struct {
	Input  string // the path of what changed
	Reason string // what has happened to it

	Report string // of a mismatch: the file for a bug report; "" where none could be written
}

// Alarms delivers an Alarm for each program that is not right, and at most one mismatch. It
// is never closed.
func (b *Builder) Alarms() <-chan Alarm { return b.alarms }

// unwatched tells that an input which nobody watches has changed since the running program
// was built.
func (b *Builder) unwatched(c direct.InputChange) {
	b.cfg.Debug("the program is built again: %s", c)
	b.setDirect(b.directState().recipeGone())
	select {
	case b.alarms <- Alarm{Input: c.Path, Reason: c.What}:
	default: // the one before has not been acted on yet: the build for that has this in it, too
	}
}

// raiseAlarm is called where running, which out describes, is not what the go command made: exe.
func (b *Builder) raiseAlarm(out *direct.Outcome, running, exe *Executable, difference string) {
	if out.Ahead && exe != nil {
		kept := b.ahead.Keep(running.Path, exe.Path)
		difference += fmt.Sprintf("\n\nIt was linked ahead. The two executables are in %q.", kept)
		b.ahead.TurnOff("the go command made another executable")
	}
	report, err := b.writeReport(out, difference)
	if err != nil {
		b.cfg.Debug("writing the report: %v", err)
	}
	b.cfg.Debug("%s", difference)
	b.setDirect(b.directState().turnOff("a direct build was wrong"))
	b.forget()
	select {
	case <-b.alarms: // of an input, not acted on yet
	default:
	}
	b.alarms <- Alarm{Report: report} // there is room: nobody else sends now
}

// writeReport writes what a bug report needs, both plans above all.
func (b *Builder) writeReport(out *direct.Outcome, difference string) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(b.cfg.Store.dir), "direct-*.txt")
	if err != nil {
		return "", err
	}
	defer f.Close()
	now := time.Now().Format(time.RFC3339)
	fmt.Fprintf(f, "A direct build was not what the go command made of the same files.\n\n%s\n\n", difference)
	fmt.Fprintf(f, "gorun %s %s/%s, %s\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, now)
	fmt.Fprintf(f, "plan of the go command:\ngo run %s\n\n", strings.Join(slices.Concat(b.cfg.Flags, b.cfg.Patterns), " "))
	if out.Named() {
		fmt.Fprintf(f, "with the named set: %s\n\n", direct.NamedFlag)
	}
	fmt.Fprintf(f, "plan of the direct way:\ncompiled %s\ntwins of %s\n%s",
		strings.Join(out.Compiled, " "), strings.Join(out.Twins, " "), out.Plan)
	if session := b.directState().session; session != nil {
		fmt.Fprintf(f, "\n%s", session)
	}
	return f.Name(), nil
}
