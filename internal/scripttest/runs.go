//go:build unix

package scripttest

import (
	"bytes"
	"errors"
	osexec "os/exec"
	"regexp"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gorun-dev/gorun/internal/proctest"
)

// asgo ARGS... fails unless `gorun -once ARGS` prints on both streams what
// `go run ARGS` prints, and fails where it fails.
func cmdAsGo(ts *testscript.TestScript, neg bool, args []string) {
	run := func(name string, argv ...string) (string, int) {
		file := lookPath(ts, name)
		cmd := osexec.Command(file, argv...)
		cmd.Args[0] = name
		cmd.Dir = ts.MkAbs(".")
		cmd.Env = scriptEnv(ts)
		var out, errOut bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errOut
		var exit *osexec.ExitError
		if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
			ts.Fatalf("%s: %v", name, err)
		}
		return "[stdout]\n" + out.String() + "[stderr]\n" + errOut.String(), proctest.ExitStatus(cmd.ProcessState)
	}
	want, wantStatus := run("go", append([]string{"run"}, args...)...)
	got, gotStatus := run("gorun", append([]string{"-once"}, args...)...)
	// NOTE(gorun): go run says which status the program had and ends with 1;
	// gorun passes the status on and says nothing.
	want = regexp.MustCompile(`(?m)^exit status \d+\n`).ReplaceAllString(want, "")
	if got != want || (gotStatus == 0) != (wantStatus == 0) {
		ts.Fatalf("gorun ended with %d:\n%s\ngo run ended with %d:\n%s", gotStatus, got, wantStatus, want)
	}
}

// status N COMMAND... runs a command and checks its exit status.
func cmdStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N COMMAND...")
	}
	err := ts.Exec(args[1], args[2:]...)
	status := 0
	var exit *osexec.ExitError
	if errors.As(err, &exit) {
		status = proctest.ExitStatus(exit.ProcessState)
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(status) != args[0] {
		ts.Fatalf("status %d, want %s", status, args[0])
	}
}

// until REGEXP COMMAND... runs a command again and again until its standard output
// has a match.
func cmdUntil(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: until REGEXP COMMAND...")
	}
	re, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	if !proctest.Eventually(func() bool {
		return ts.Exec(args[1], args[2:]...) == nil && re.MatchString(ts.ReadFile("stdout"))
	}, nil) {
		ts.Fatalf("never a match for %s", args[0])
	}
}
