//go:build unix

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	osexec "os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"

	"github.com/gorun-dev/gorun/internal/cli"
)

// TestMain lets the test binary be gorun: under that name for the scripts, and
// in the hidden roles in which gorun starts itself.
func TestMain(m *testing.M) {
	if status, ok := cli.Role(os.Args); ok {
		os.Exit(status)
	}
	testscript.Main(m, map[string]func(){"gorun": main})
}

// awaitLimit bounds every wait of a script. It is not a measurement: a script
// that reaches it has failed.
const awaitLimit = time.Minute

// TestScript runs testdata/script/*.txtar. Beside testscript's own commands
// there are those of the table below; README.md in that directory says how to write
// a script.
func TestScript(t *testing.T) {
	gocache := goEnv(t, "GOCACHE")
	gomodcache := goEnv(t, "GOMODCACHE")
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			jobs := &jobs{byName: make(map[string]*job)}
			e.Values["jobs"] = jobs
			e.Defer(func() {
				jobs.killAll()
				if left := leftBehind(e.WorkDir); left != nil {
					e.T().Fatal("left behind: ", left)
				}
			})
			e.Setenv("GOCACHE", gocache) // warm: the scripts test gorun, not the compiler
			e.Setenv("GOMODCACHE", gomodcache)
			e.Setenv("GOFLAGS", "")
			e.Setenv("GOENV", "off")
			e.Setenv("GOWORK", "")
			e.Setenv("GOPROXY", "off")
			e.Setenv("CI", "")
			e.Setenv("GORUNCACHE", filepath.Join(e.WorkDir, ".gorun-cache"))
			e.Setenv("HOME", filepath.Join(e.WorkDir, ".home"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"start":   cmdStart,
			"await":   cmdAwait,
			"count":   cmdCount,
			"signal":  cmdSignal,
			"ended":   cmdEnded,
			"gone":    cmdGone,
			"asgo":    cmdAsGo,
			"status":  cmdStatus,
			"until":   cmdUntil,
			"edit":    cmdEdit,
			"killpid": cmdKill,
			"found":   cmdFound,
			"alone":   cmdAlone,
			"tree":    cmdTree,
			"proxy":   cmdProxy,
		},
	})
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := osexec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// A job is a command that a script started and goes on without.
type job struct {
	cmd      *osexec.Cmd
	out, err output
	done     chan struct{} // closed after Wait
}

// output is what a job has printed so far.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
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

// lookPath finds a command as the script would.
func lookPath(ts *testscript.TestScript, name string) string {
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		if file, err := osexec.LookPath(filepath.Join(dir, name)); err == nil {
			return file
		}
	}
	ts.Fatalf("no command %q", name)
	return ""
}

// scriptVars are the variables that scripts set beside those of this process.
var scriptVars = []string{
	"GORUNCACHE", "GORUNFLAGS", "GORUNDEBUG", "CI", "WORK", "TMPDIR", "FROM_OUTSIDE",
	"GOFLAGS", "GOENV", "GOWORK", "GOPROXY", "GOCACHE", "GOMODCACHE", "GOOS", "GOARCH",
	"CGO_ENABLED", "CGO_CFLAGS", "GOFILE", "GOLINE", "GOPACKAGE", "DOLLAR", "GOSUMDB", "GO111MODULE", "GOBIN", "GOPATH",
}

// scriptEnv is the script's environment as a list.
func scriptEnv(ts *testscript.TestScript) []string {
	names := scriptVars
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		names = append(names, name)
	}
	var env []string
	seen := map[string]bool{"PWD": true}
	for _, name := range names {
		if v := ts.Getenv(name); v != "" && !seen[name] {
			env = append(env, name+"="+v)
		}
		seen[name] = true
	}
	return append(env, "PWD="+ts.MkAbs("."))
}

// stream picks a job's output.
func stream(ts *testscript.TestScript, j *job, name string) *output {
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
	ok := eventually(func() bool {
		return len(re.FindAllString(o.String(), -1)) >= n
	}, j.done)
	if !ok {
		ts.Fatalf("no %d× %q in what %s printed:\n%s", n, args[2], args[0], both(j))
	}
}

func both(j *job) string {
	return fmt.Sprintf("[stdout]\n%s[stderr]\n%s", j.out.String(), j.err.String())
}

// eventually waits until cond holds, or for a last look after over is closed. It
// looks ever less often: what it waits for may be work at the lowest priority, which
// a test that takes a whole processor to look for it puts off.
func eventually(cond func() bool, over <-chan struct{}) bool {
	limit := time.After(awaitLimit)
	for pause := 2 * time.Millisecond; !cond(); pause = min(2*pause, 100*time.Millisecond) {
		select {
		case <-over:
			return cond()
		case <-limit:
			return false
		case <-time.After(pause):
		}
	}
	return true
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
	case <-time.After(awaitLimit):
		ts.Fatalf("%s goes on:\n%s", args[0], both(j))
	}
	if got := exitStatus(j.cmd.ProcessState); strconv.Itoa(got) != args[1] {
		ts.Fatalf("%s ended with status %d, want %s:\n%s", args[0], got, args[1], both(j))
	}
	ts.Logf("%s", both(j))
}

func exitStatus(s *os.ProcessState) int {
	if ws, ok := s.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return s.ExitCode()
}

// gone FILE waits until the process whose ID a file holds is no more.
func cmdGone(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: [!] gone PIDFILE")
	}
	pid, err := strconv.Atoi(strings.TrimSpace(ts.ReadFile(args[0])))
	ts.Check(err)
	alive := func() bool { return syscall.Kill(pid, 0) == nil && !zombie(pid) }
	if neg {
		if !alive() {
			ts.Fatalf("process %d is gone", pid)
		}
		return
	}
	if !eventually(func() bool { return !alive() }, nil) {
		ts.Fatalf("process %d lives on", pid)
	}
}

func zombie(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && bytes.Contains(b, []byte(") Z "))
}

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
		return "[stdout]\n" + out.String() + "[stderr]\n" + errOut.String(), exitStatus(cmd.ProcessState)
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
		status = exitStatus(exit.ProcessState)
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
	if !eventually(func() bool {
		return ts.Exec(args[1], args[2:]...) == nil && re.MatchString(ts.ReadFile("stdout"))
	}, nil) {
		ts.Fatalf("never a match for %s", args[0])
	}
}

// edit FILE OLD NEW replaces a text in a file in one write, as an editor that
// saves in place.
func cmdEdit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: edit FILE OLD NEW")
	}
	old := ts.ReadFile(args[0])
	if !strings.Contains(old, args[1]) {
		ts.Fatalf("%s does not contain %q", args[0], args[1])
	}
	unescape := strings.NewReplacer(`\n`, "\n", `\t`, "\t").Replace
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(old, args[1], unescape(args[2]), 1)), 0o666))
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

// found FILE waits until there is a file.
func cmdFound(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: found FILE")
	}
	file := ts.MkAbs(args[0])
	if !eventually(func() bool { _, err := os.Stat(file); return err == nil }, nil) {
		ts.Fatalf("no file %s", file)
	}
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
func leftBehind(work string) []string {
	var left []string
	look := func() bool {
		left = nil
		files, _ := filepath.Glob("/proc/[0-9]*/environ")
		for _, file := range files {
			env, err := os.ReadFile(file)
			if err != nil || !bytes.Contains(append([]byte{0}, env...), []byte("\x00WORK="+work+"\x00")) {
				continue
			}
			cmdline, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
			left = append(left, fmt.Sprintf("%s %q", filepath.Base(filepath.Dir(file)), cmdline))
		}
		return left == nil
	}
	eventually(look, nil)
	return left
}

// tree DIR FILE writes to FILE what there is in DIR: names, modes and sizes.
func cmdTree(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: tree DIR FILE")
	}
	var list strings.Builder
	root := ts.MkAbs(args[0])
	ts.Check(filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		size := info.Size()
		if d.IsDir() {
			size = 0
		}
		fmt.Fprintln(&list, strings.TrimPrefix(path, root), info.Mode(), size)
		return nil
	}))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(list.String()), 0o666))
}

// proxy DIR MODULE@VERSION SOURCE puts a module into a directory for GOPROXY.
func cmdProxy(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: proxy DIR MODULE@VERSION SOURCE")
	}
	path, version, _ := strings.Cut(args[1], "@")
	dir := filepath.Join(ts.MkAbs(args[0]), filepath.FromSlash(path), "@v")
	ts.Check(os.MkdirAll(dir, 0o777))
	write := func(name, text string) {
		ts.Check(os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
	}
	write("list", version+"\n")
	write(version+".info", fmt.Sprintf("{%q: %q}\n", "Version", version))
	write(version+".mod", ts.ReadFile(filepath.Join(args[2], "go.mod")))
	f, err := os.Create(filepath.Join(dir, version+".zip"))
	ts.Check(err)
	ts.Check(zip.CreateFromDir(f, module.Version{Path: path, Version: version}, ts.MkAbs(args[2])))
	ts.Check(f.Close())
}
