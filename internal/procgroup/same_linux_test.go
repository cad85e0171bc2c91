package procgroup

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func init() {
	// kept runs its arguments with a keeper, become without.
	// Both catch SIGHUP before, as gorun does.
	helpers["kept"] = func(args []string) int {
		signal.Notify(make(chan os.Signal, 1), unix.SIGHUP)
		g, err := Start(standard(args))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		<-g.Done()
		return g.Outcome().ExitStatus()
	}
	helpers["become"] = func(args []string) int {
		signal.Notify(make(chan os.Signal, 1), unix.SIGHUP)
		fmt.Fprintln(os.Stderr, Become(standard(args)))
		return 1
	}
	// blocked becomes its arguments with some signals blocked.
	helpers["blocked"] = func(args []string) int {
		runtime.LockOSThread()
		var set unix.Sigset_t // its words have 32 or 64 bits; of these signals each is in the first
		set.Val[0] = 1<<(unix.SIGUSR2-1) | 1<<(unix.SIGPIPE-1) | 1<<(unix.SIGINT-1)
		if err := unix.PthreadSigmask(unix.SIG_BLOCK, &set, nil); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		fmt.Fprintln(os.Stderr, syscall.Exec(args[0], args, os.Environ()))
		return 1
	}
	// mask prints which signals are blocked; a shell would clear that first.
	helpers["mask"] = func([]string) int {
		b, _ := os.ReadFile("/proc/self/status")
		_, mask, _ := strings.Cut(string(b), "SigBlk:")
		fmt.Println(strings.Fields(mask)[0])
		return 0
	}
	// unlinked removes its own executable first.
	helpers["unlinked"] = func(args []string) int {
		self, _ := os.Executable()
		if err := os.Remove(self); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return helpers["kept"](args)
	}
}

func standard(args []string) Spec {
	return Spec{Path: args[0], Args: args, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
}

// output runs argv to its end and returns its lines.
func output(t *testing.T, dir string, env []string, argv ...string) []string {
	t.Helper()
	out, lines := listen(t)
	// Under go test -json os.Stderr is descriptor 1, which StartProcess would put
	// aside, in the place of one that is to be inherited.
	fd, err := unix.FcntlInt(os.Stderr.Fd(), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		t.Fatal(err)
	}
	stderr := os.NewFile(uintptr(fd), "stderr")
	defer stderr.Close()
	p, err := os.StartProcess(argv[0], argv, &os.ProcAttr{Dir: dir, Env: env, Files: []*os.File{nil, out, stderr}})
	out.Close()
	if err != nil {
		t.Fatal(err)
	}
	st, err := p.Wait()
	if err != nil || !st.Success() {
		t.Fatalf("%q: %v, %v", argv, st, err)
	}
	return lines.end()
}

// report says all that a process may have from its parent, but for its
// environment and its directory, which go run changes knowingly.
const report = `#!/bin/sh
cat /proc/$$/limits /proc/$$/oom_score_adj /proc/$$/cgroup
for fd in /proc/$$/fd/*; do
	case ${fd##*/} in 0|1|2) ;; *) test -L $fd && { printf '%s ' ${fd##*/}; readlink $fd; } ;; esac
done
exec grep -E '^(Umask|Uid|Gid|Groups|Sig(Blk|Ign|Cgt)|Cap.*|NoNewPrivs|Seccomp|Cpus_allowed):' /proc/self/status
`

// What a program finds is what it finds under go run: signals ignored and
// blocked, limits, descriptors and the rest; and not only where all is as
// usual.
func TestSameAsGoRun(t *testing.T) {
	dir := t.TempDir()
	script := filepath.Join(dir, "report")
	for name, content := range map[string]string{
		"report":  report,
		"go.mod":  "module m\n",
		"main.go": "package main\n\nfunc main() {}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	settings := map[string]string{
		"usual": `exec "$@"`,
		"nohup": `trap "" HUP; exec "$@"`,
		"odd": `trap "" HUP INT QUIT TERM PIPE USR1 TSTP TTIN TTOU; umask 027; ulimit -S -n 300; ` +
			`exec "$0" helper blocked "$@" 3</etc/passwd 9>&1 17</dev/null`,
	}
	for name, setting := range settings {
		t.Run(name, func(t *testing.T) {
			in := func(argv ...string) []string {
				lines := output(t, dir, nil, append([]string{"/bin/sh", "-c", setting, testBinary(t)}, argv...)...)
				for i, l := range lines {
					if strings.HasPrefix(l, "9 pipe:") {
						lines[i] = "9 pipe"
					}
				}
				return lines
			}
			want := in("/usr/bin/env", "go", "run", "-exec", script, ".")
			if len(want) < 30 {
				t.Fatalf("a short report: %q", want)
			}
			for _, how := range []string{"kept", "become"} {
				got := in(helper(t, how, script)...)
				if !slices.Equal(got, want) {
					for i := range max(len(got), len(want)) {
						if i >= len(got) || i >= len(want) || got[i] != want[i] {
							t.Errorf("%s: from line %d\n%.200q\ngo run:\n%.200q", how, i, got[min(i, len(got)):], want[min(i, len(want)):])
							break
						}
					}
				}
			}
		})
	}
}

// Blocked signals stay blocked, as far as go run leaves them so.
func TestSameMaskAsGoRun(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"go.mod": "module m\n", "main.go": "package main\n\nfunc main() {}\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	mask := helper(t, "mask")
	in := func(argv ...string) []string {
		return output(t, dir, nil, append(helper(t, "blocked"), argv...)...)
	}
	want := in("/usr/bin/env", "go", "run", "-exec", strings.Join(mask, " "), ".")
	if slices.Equal(want, []string{"0000000000000000"}) {
		t.Fatal("nothing blocked: a test of nothing")
	}
	for _, how := range []string{"kept", "become"} {
		if got := in(append(helper(t, how), mask...)...); !slices.Equal(got, want) {
			t.Errorf("%s: %s, go run: %s", how, got, want)
		}
	}
}

// Environment, arguments and directory arrive byte for byte.
func TestSameAsGiven(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	env := []string{
		"A=1", "EMPTY=", "A=2", "no equals sign", "U=ü\n\xff", "BIG=" + strings.Repeat("x", 100_000),
		"GODEBUG=inittrace=1", "GOTRACEBACK=crash", // which must not act on the keeper
	}
	ask := func(argv ...string) string {
		t.Helper()
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		g, err := Start(Spec{Path: "/bin/sh", Args: argv, Env: env, Dir: dir, Stdout: w, Stderr: w})
		w.Close()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		within(t, g.Done(), "sh")
		return string(b)
	}
	if got, want := ask("sh", "-c", "cat /proc/$$/environ"), strings.Join(env, "\x00")+"\x00"; got != want {
		t.Errorf("environment %.300q\nwant %.300q", got, want)
	}
	argv := []string{"a name of its own", "-c", "cat /proc/$$/cmdline", "", " $x\n"}
	if got, want := ask(argv...), strings.Join(argv, "\x00")+"\x00"; got != want {
		t.Errorf("arguments %q, want %q", got, want)
	}
	if got := ask("sh", "-c", "pwd -P"); got != dir+"\n" {
		t.Errorf("directory %q, want %q", got, dir)
	}
}

// Become is execve: the process ID stays, and an error leaves things as they were.
func TestBecome(t *testing.T) {
	out, lines := listen(t)
	argv := helper(t, "become", sh("echo $$; exit 5")...)
	p, err := os.StartProcess(argv[0], argv, &os.ProcAttr{Files: []*os.File{nil, out, os.Stderr}})
	out.Close()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := lines.line(), fmt.Sprint(p.Pid); got != want {
		t.Errorf("process %s, want %s", got, want)
	}
	if st, err := p.Wait(); err != nil || st.ExitCode() != 5 {
		t.Errorf("%v, %v", st, err)
	}
	before, _ := os.Getwd()
	spec := standard([]string{"/no/such/program"})
	spec.Dir = t.TempDir()
	if err := Become(spec); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("error %v", err)
	}
	if after, _ := os.Getwd(); after != before {
		t.Errorf("now in %s, before in %s", after, before)
	}
}

// gorun's executable may be replaced or removed while it runs (go install).
func TestExecutableRemoved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gorun")
	copySelf(t, path)
	argv := append([]string{path, "helper", "unlinked"}, sh("echo kept")...)
	if got := output(t, "", nil, argv...); !slices.Equal(got, []string{"kept"}) {
		t.Errorf("%q", got)
	}
}
