package startcache

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/detached"
	"github.com/gorun-dev/gorun/internal/priority"
	"github.com/gorun-dev/gorun/internal/self"
)

// recorderArgument is the first argument of a recorder. An entry of the store follows,
// then a command line of gorun.
const recorderArgument = "gorun:record"

// noEntry stands in the place of the entry where the recorder must not keep the
// executable that the start has built.
const noEntry = "-"

// claimDescriptor is the recorder's descriptor of the claim, open until there is a
// record.
const claimDescriptor = 3

// recorderLimit bounds the recorder's life, which goes on when gorun and the program have
// ended. It lists the program twice and has the go
// command go through its cache: seconds, on a machine that is busy with something else
// a minute.
const recorderLimit = 5 * time.Minute

// ExecRole is the -exec helper of a build that is to be recorded: it hands the
// executable over and starts the detached process that may become the recorder.
var ExecRole = self.Role{Name: "exec+record", Argument: "gorun:exec+record", Play: func(args []string) (status int) {
	if incremental.ReceiveExecutable(args[2:]) == nil {
		_ = detached.StartWaiting() // where it fails, the next start builds
	}
	return 0
}}

// RecorderRole is the recorder of a start. Configure turns the command line, without
// the arguments that are the recorder's own, into what is to be recorded.
func RecorderRole(configure func(args []string) (*Recorder, error)) self.Role {
	return self.Role{Name: "recorder", Argument: recorderArgument, Play: func(args []string) (status int) {
		if err := runRecorder(args[2:], configure); err != nil {
			fmt.Fprintln(os.Stderr, "gorun:", err) // to nobody, unless it is started by hand
			return 1
		}
		return 0
	}}
}

// runRecorder is the recorder's whole life.
func runRecorder(args []string, configure func(args []string) (*Recorder, error)) error {
	claim := os.NewFile(claimDescriptor, "claim")
	if claim == nil || len(args) == 0 {
		return fmt.Errorf("a recorder is given a claim, an entry and a command line")
	}
	closeOnExec(claimDescriptor)
	entry, args := args[0], args[1:]
	if entry == noEntry {
		entry = ""
	}
	if !Awaited(claim) {
		priority.StayIdle()
	}
	r, err := configure(args)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), recorderLimit)
	defer cancel()
	err = r.Record(ctx, entry, func() { claim.Close() })
	_ = r.Build.Store.Trim()
	_ = r.Index.Trim()
	return err
}
