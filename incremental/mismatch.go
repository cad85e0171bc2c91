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

// An Alarm reports a mismatch: the program that runs is not what the go command makes of
// its files. No build of this run is direct any more.
type Alarm struct{ Report string } // the file for a bug report; "" where none could be written

// Alarms delivers an Alarm, at most one in a run. It is never closed.
func (b *Builder) Alarms() <-chan Alarm { return b.alarms }

func (b *Builder) raiseAlarm(out *direct.Outcome, difference string) {
	report, err := b.writeReport(out, difference)
	if err != nil {
		b.cfg.Debug("writing the report: %v", err)
	}
	b.cfg.Debug("%s", difference)
	b.setDirect(b.directState().turnOff("a direct build was wrong"))
	b.alarms <- Alarm{report} // there is room: there is no second one
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
