//go:build unix

package scripttest

import (
	"fmt"
	"os"
	osexec "os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gorun-dev/gorun/internal/proctest"
)

// A job is a command that a script started and goes on without.
type job struct {
	cmd      *osexec.Cmd
	out, err proctest.Output
	done     chan struct{} // closed after Wait
}

type jobs struct{ byName map[string]*job }

func (js *jobs) killAll() {
	for _, j := range js.byName {
		j.cmd.Process.Kill()
		<-j.done
	}
}

func theJob(ts *testscript.TestScript, name string) *job {
	j := ts.Value("jobs").(*jobs).byName[name]
	if j == nil {
		ts.Fatalf("no job %q was started", name)
	}
	return j
}

// start NAME COMMAND... starts a command in the background.
func cmdStart(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: start NAME COMMAND...")
	}
	js := ts.Value("jobs").(*jobs)
	if old := js.byName[args[0]]; old != nil {
		old.cmd.Process.Kill()
		<-old.done
	}
	file := lookPath(ts, args[1])
	j := &job{cmd: osexec.Command(file, args[2:]...), done: make(chan struct{})}
	j.cmd.Args[0] = args[1]
	j.cmd.Dir = ts.MkAbs(".")
	j.cmd.Env = scriptEnv(ts)
	j.cmd.Stdout, j.cmd.Stderr = &j.out, &j.err
	j.cmd.WaitDelay = 10 * time.Second
	if in := ts.Getenv("STDIN"); in != "" {
		f, err := os.Open(ts.MkAbs(in))
		ts.Check(err)
		defer f.Close()
		j.cmd.Stdin = f
	}
	ts.Check(j.cmd.Start())
	go func() {
		j.cmd.Wait()
		close(j.done)
	}()
	js.byName[args[0]] = j
}

// stream picks a job's output.
func stream(ts *testscript.TestScript, j *job, name string) *proctest.Output {
	switch name {
	case "out":
		return &j.out
	case "err":
		return &j.err
	}
	ts.Fatalf("no stream %q: out or err", name)
	return nil
}

// await NAME out|err REGEXP [N] waits until a job has printed N matches.
func cmdAwait(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 || len(args) > 4 {
		ts.Fatalf("usage: await NAME out|err REGEXP [N]")
	}
	j := theJob(ts, args[0])
	o := stream(ts, j, args[1])
	re := regexp.MustCompile("(?m)" + args[2])
	n := 1
	if len(args) == 4 {
		n, _ = strconv.Atoi(args[3])
	}
	ok := proctest.Eventually(func() bool {
		return len(re.FindAllString(o.String(), -1)) >= n
	}, j.done)
	if !ok {
		ts.Fatalf("no %d× %q in what %s printed:\n%s", n, args[2], args[0], both(j))
	}
}

func both(j *job) string {
	return fmt.Sprintf("[stdout]\n%s[stderr]\n%s", j.out.String(), j.err.String())
}

// count NAME out|err REGEXP N fails unless a job has printed exactly N matches
// so far.
func cmdCount(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: count NAME out|err REGEXP N")
	}
	j := theJob(ts, args[0])
	got := len(regexp.MustCompile("(?m)"+args[2]).FindAllString(stream(ts, j, args[1]).String(), -1))
	if strconv.Itoa(got) != args[3] {
		ts.Fatalf("%d× %q instead of %s in what %s printed:\n%s", got, args[2], args[3], args[0], both(j))
	}
}

var signals = map[string]syscall.Signal{
	"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL, "HUP": syscall.SIGHUP, "QUIT": syscall.SIGQUIT,
	"USR1": syscall.SIGUSR1,
}

// signal NAME SIGNAL signals a job.
func cmdSignal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: signal NAME SIGNAL")
	}
	ts.Check(theJob(ts, args[0]).cmd.Process.Signal(signals[args[1]]))
}

// ended NAME STATUS waits for a job's end and checks its exit status.
func cmdEnded(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: ended NAME STATUS")
	}
	j := theJob(ts, args[0])
	select {
	case <-j.done:
	case <-time.After(proctest.Limit):
		ts.Fatalf("%s goes on:\n%s", args[0], both(j))
	}
	if got := proctest.ExitStatus(j.cmd.ProcessState); strconv.Itoa(got) != args[1] {
		ts.Fatalf("%s ended with status %d, want %s:\n%s", args[0], got, args[1], both(j))
	}
	ts.Logf("%s", both(j))
}

// gone FILE waits until the process whose ID a file holds is no more.
func cmdGone(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: [!] gone PIDFILE")
	}
	pid, err := strconv.Atoi(strings.TrimSpace(ts.ReadFile(args[0])))
	ts.Check(err)
	if neg {
		if !proctest.Running(pid) {
			ts.Fatalf("process %d is gone", pid)
		}
		return
	}
	if !proctest.Eventually(func() bool { return !proctest.Running(pid) }, nil) {
		ts.Fatalf("process %d lives on", pid)
	}
}

// killpid PIDFILE SIGNAL signals the process whose ID a file holds.
func cmdKill(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: killpid PIDFILE SIGNAL")
	}
	pid, err := strconv.Atoi(strings.TrimSpace(ts.ReadFile(args[0])))
	ts.Check(err)
	ts.Check(syscall.Kill(pid, signals[args[1]]))
}

// alone waits until nothing that the script started is left.
func cmdAlone(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: alone")
	}
	if left := leftBehind(ts.Getenv("WORK")); left != nil {
		ts.Fatalf("left behind: %v", left)
	}
}

// leftBehind waits until no process has a script's WORK in its environment and
// returns those that stay.
func leftBehind(work string) []proctest.Process {
	var left []proctest.Process
	proctest.Eventually(func() bool {
		left = proctest.Marked("WORK="+work, "")
		return left == nil
	}, nil)
	return left
}
