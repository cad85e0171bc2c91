package incremental

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/incremental/direct"
	"github.com/gorun-dev/gorun/incremental/equal"
)

// differs says in words how a direct build is not what the go command made.
func differs(ctx context.Context, running *Executable, r Result) (string, error) {
	if r.Exe == nil {
		return fmt.Sprintf("go run fails with status %d:\n%s", r.Status, r.Output), nil
	}
	made, remove, err := running.outcome.AsGoRun(ctx, running.Path)
	if err != nil {
		return "", err
	}
	defer remove()
	if len(running.outcome.Twins) > 0 {
		same, err := equal.ButForLines(made, r.Exe.Path)
		if err != nil || same {
			return "", err
		}
		return "differs, not only in lines, in " + equal.DescribeButLines(made, r.Exe.Path), nil
	}
	same, err := equal.Program(made, r.Exe.Path)
	if err != nil || same {
		return "", err
	}
	return "differs in " + equal.Describe(made, r.Exe.Path), nil
}

// An Alarm says that the program that runs is not what the go command makes of
// its files. The direct way is not taken any more in this run.
type Alarm struct{ Report string } // the file for a bug report; "" where none could be written

// Alarms delivers an Alarm, at most one in a run. It is never closed.
func (b *Builder) Alarms() <-chan Alarm { return b.alarms }

func (b *Builder) alarm(out *direct.Outcome, difference string) {
	report, err := b.report(out, difference)
	if err != nil {
		b.cfg.Debug("writing the report: %v", err)
	}
	b.cfg.Debug("%s", difference)
	b.setDirect(b.directState().turnOff("a direct build was wrong"))
	b.alarms <- Alarm{report} // there is room: there is no second one
}

// report writes what a bug report needs, both plans above all.
func (b *Builder) report(out *direct.Outcome, difference string) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(b.cfg.Store.dir), "direct-*.txt")
	if err != nil {
		return "", err
	}
	defer f.Close()
	fmt.Fprintf(f, "A direct build was not what the go command made of the same files.\n\n%s\n\n", difference)
	fmt.Fprintf(f, "gorun %s %s/%s, %s\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, time.Now().Format(time.RFC3339))
	fmt.Fprintf(f, "plan of the go command:\ngo run %s\n\n", strings.Join(slices.Concat(b.cfg.Flags, b.cfg.Patterns), " "))
	if out.Named() {
		fmt.Fprintf(f, "with named objects: %s\n\n", direct.NamedFlag)
	}
	fmt.Fprintf(f, "plan of the direct way:\ncompiled %s\ntwins of %s\n%s", strings.Join(out.Compiled, " "), strings.Join(out.Twins, " "), out.Plan)
	if session := b.directState().session; session != nil {
		fmt.Fprintf(f, "\n%s", session)
	}
	return f.Name(), nil
}
