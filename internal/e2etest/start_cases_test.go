//go:build unix

package e2etest

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gorun-dev/gorun/internal/longtest"
	"github.com/gorun-dev/gorun/internal/proctest"
)

// A go generate with many lines that run the same program builds it once.
func TestStartTogether(t *testing.T) {
	r := newStartRig(t)
	want, _, _ := r.run(r.command("go", "run", "."))
	const n = 20
	var outs, owns [n]string
	var wg sync.WaitGroup // n
	for i := range n {
		cmd := r.command(r.gorun, ".")
		cmd.Env = append(cmd.Env, "GOFILE=main.go", fmt.Sprint("GOLINE=", i), "GOPACKAGE=main", "DOLLAR=$")
		wg.Go(func() { outs[i], owns[i], _ = r.run(cmd) })
	}
	wg.Wait()
	builds := 0
	for i := range n {
		if outs[i] != want {
			t.Errorf("printed\n%s\nwant\n%s", outs[i], want)
		}
		builds += strings.Count(owns[i], "go build")
	}
	if builds != 1 {
		t.Errorf("%d builds, want 1:\n%s", builds, strings.Join(owns[:], "\n"))
	}
}

// Whatever became of the cache, the program runs, and gorun has a line to say at most.
func TestStartCacheTrouble(t *testing.T) {
	records := func(r *startRig) []string {
		files, _ := filepath.Glob(r.path("cache/start/*.rec"))
		if len(files) == 0 {
			r.t.Fatal("nothing was recorded")
		}
		return files
	}
	exes := func(r *startRig) []string {
		files, _ := filepath.Glob(r.path("cache/exe/*/b001/exe/*"))
		return files
	}
	for _, c := range []struct {
		name string
		do   func(r *startRig)
		line bool
	}{
		{"records damaged", func(r *startRig) {
			for _, f := range records(r) {
				b, err := os.ReadFile(f)
				r.must(err)
				b[len(b)/2] ^= 1
				r.must(os.WriteFile(f, b, 0o600))
			}
		}, false},
		{"records cut off", func(r *startRig) {
			for _, f := range records(r) {
				r.must(os.Truncate(f, 100))
			}
		}, false},
		{"executables gone", func(r *startRig) {
			for _, f := range exes(r) {
				r.must(os.Remove(f))
			}
		}, false},
		{"executables cut off", func(r *startRig) {
			for _, f := range exes(r) {
				data, err := os.ReadFile(f)
				r.must(err)
				r.must(os.Remove(f)) // GOCACHE may have a link to it
				r.must(os.WriteFile(f, data[:len(data)/2], 0o700))
			}
		}, false},
		{"executables that are none, but look alike", func(r *startRig) {
			for _, f := range exes(r) {
				fi, err := os.Stat(f)
				r.must(err)
				r.must(os.Remove(f))
				r.must(os.WriteFile(f, make([]byte, fi.Size()), 0o700))
				r.must(os.Chtimes(f, fi.ModTime(), fi.ModTime()))
			}
		}, false},
		{"the cache gone", func(r *startRig) { r.must(os.RemoveAll(r.path("cache"))) }, false},
		{"a file in its place", func(r *startRig) {
			r.must(os.RemoveAll(r.path("cache")))
			r.write("cache", "")
		}, true},
		{"no directory for records", func(r *startRig) {
			r.must(os.RemoveAll(r.path("cache/start")))
			r.write("cache/start", "")
		}, false},
		{"no room for executables", func(r *startRig) {
			// Nothing can be made in /proc/self/fd, by root neither.
			r.must(os.RemoveAll(r.path("cache")))
			r.must(os.Mkdir(r.path("cache"), 0o700))
			if err := os.Symlink("/proc/self/fd", r.path("cache/exe")); err != nil {
				r.t.Skip(err)
			}
		}, true},
		{"a file system that is full", func(r *startRig) { r.full("size=400k") }, true},
		{"a file system without room for files", func(r *startRig) { r.full("size=100m,nr_inodes=4") }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newStartRig(t)
			r.same("first")
			r.recorded()
			c.do(r)
			r.same(c.name)
			lines := 0
			for line := range strings.Lines(r.own) {
				if !strings.HasPrefix(line, "gorun: plan:") {
					lines++
				}
			}
			if lines > 1 || lines == 1 != c.line {
				t.Errorf("%d lines:\n%s", lines, r.own)
			}
			if r.hits != 0 && c.name != "executables that are none, but look alike" {
				t.Errorf("started without a build:\n%s", r.own)
			}
		})
	}
}

// full makes the cache directory a file system with little room, and something to build.
func (r *startRig) full(options string) {
	unique := fmt.Sprintf(
		"package main\n\nfunc init() {\n\tif len(os.Args) > 99 {\n\t\tprintln(%d)\n\t}\n}\n",
		time.Now().UnixNano())
	r.write("m/full.go", strings.Replace(unique, "\n", "\n\nimport \"os\"\n", 1)) // linked by nobody yet
	r.must(os.RemoveAll(r.path("cache")))
	r.must(os.Mkdir(r.path("cache"), 0o700))
	mount := func(args ...string) error { return osexec.Command("mount", args...).Run() }
	if err := mount("-t", "tmpfs", "-o", "mode=700,"+options, "tmpfs", r.path("cache")); err != nil {
		r.t.Skip("nothing can be mounted here: ", err)
	}
	r.t.Cleanup(func() { osexec.Command("umount", "-l", r.path("cache")).Run() })
}

// Somebody deletes the cache directory while a recorder is at work, which outlives gorun. It
// does not come back.
func TestStartRecorderMakesNoCache(t *testing.T) {
	longtest.Skip(t) // seven starts, each built anew
	for _, after := range []time.Duration{0, 20, 60, 120, 250, 500, 1000} {
		r := newStartRig(t)
		r.same("first")
		time.Sleep(after * time.Millisecond) // at whatever point it is
		// A file that the recorder makes meanwhile keeps its directory from being removed.
		proctest.Eventually(func() bool { return os.RemoveAll(r.path("cache")) == nil }, nil)
		if !proctest.Eventually(func() bool { return len(r.recorders()) == 0 }, nil) {
			t.Fatalf("a recorder goes on: %v", r.recorders())
		}
		if left, _ := filepath.Glob(r.path("cache/*")); left != nil {
			t.Errorf("%v after the end of gorun: %v", after*time.Millisecond, left)
		}
	}
}

// recorders are the processes that record for this test.
func (r *startRig) recorders() (pids []string) {
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, file := range files {
		env, _ := os.ReadFile(file)
		line, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
		if strings.Contains(string(env), "GORUNCACHE="+r.path("cache")+"\x00") && strings.Contains(string(line), "gorun:") {
			pids = append(pids, filepath.Base(filepath.Dir(file)))
		}
	}
	return pids
}

// With CI=true nothing goes on when the program has ended. What was recorded without is used.
func TestStartCI(t *testing.T) {
	r := newStartRig(t)
	r.env = []string{"CI=true"}
	r.same("first")
	if pids := r.recorders(); pids != nil {
		t.Errorf("recorders %v", pids)
	}
	r.same("second")
	if left, _ := filepath.Glob(r.path("cache/start/*")); left != nil || r.hits != 0 {
		t.Errorf("recorded: %v, %d starts without a build", left, r.hits)
	}
	r.env = nil
	r.same("without")
	r.recorded()
	r.env = []string{"CI=true"}
	r.same("with a record")
	if r.hits != 1 {
		t.Errorf("%d starts without a build, want 1", r.hits)
	}
}

func TestStartOffAndClean(t *testing.T) {
	r := newStartRig(t)
	r.same("first")
	r.recorded()
	r.same("second")
	if out, own, ok := r.run(r.command(r.gorun, "-clean")); !ok || out+own != "" {
		t.Errorf("-clean: %s%s", out, own)
	}
	for _, dir := range []string{"exe", "start"} {
		if left, _ := os.ReadDir(r.path("cache/" + dir)); len(left) > 0 {
			t.Errorf("-clean leaves %v in %s", left, dir)
		}
	}
	r.same("third")
	if r.hits != 1 {
		t.Errorf("%d starts without a build, want 1", r.hits)
	}
	r.recorded()
	r.env = []string{"GORUNCACHE=off", "TMPDIR=" + r.path("tmp")}
	r.must(os.Mkdir(r.path("tmp"), 0o777))
	r.same("off")
	r.same("off, again")
	if r.hits != 1 {
		t.Errorf("started without a build: %s", r.own)
	}
	if left, _ := filepath.Glob(r.path("tmp/gorun-*/start")); len(left) > 0 {
		t.Errorf("off, and yet there is %v", left)
	}
}

// What is not recorded is built each time.
func TestStartNotRecorded(t *testing.T) {
	r := newStartRig(t)
	for _, c := range []struct {
		name, why string
		do        func()
	}{
		{"cgo", "cgo", func() {
			r.write("m/c.go", "package main\n\n// int one(void) { return 1; }\nimport \"C\"\n\nvar _ = C.one()\n")
		}},
		{"-a=false -mod=mod", "may write go.mod", func() {
			r.must(os.Remove(r.path("m/c.go")))
			r.flags = []string{"-mod=mod"}
		}},
		{"GOFLAGS=-mod=mod", "may write go.mod", func() { r.flags, r.env = nil, []string{"GOFLAGS=-mod=mod"} }},
		{"-mod=mod in the file of go env -w", "may write go.mod", func() {
			r.env = []string{"GOFLAGS="}
			r.write("conf/goenv", "GOFLAGS=-mod=mod\n")
		}},
	} {
		c.do()
		r.same(c.name)
		r.recorded()
		r.same(c.name + ", again")
		if r.hits > 0 || !strings.Contains(r.own, c.why) {
			t.Fatalf("%s: %s", c.name, r.own)
		}
	}
	r.write("conf/goenv", "")
	r.must(os.RemoveAll(r.path("cache"))) // or the refusal is believed for a while
	r.same("mended")
	r.recorded()
	r.same("mended, again")
	if r.hits != 1 {
		t.Errorf("not recorded: %s", r.own)
	}
}

// Nothing of the recorder is seen by the program: it has no children, and no
// descriptors but the three.
func TestStartProgramSeesNothing(t *testing.T) {
	if _, err := os.Stat("/proc/self/task"); err != nil {
		t.Skip("no /proc")
	}
	r := newStartRig(t)
	r.write("m/main.go", `package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

func main() {
	fds, _ := os.ReadDir("/proc/self/fd")
	for _, fd := range fds {
		if to, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil && fd.Name() > "2" {
			fmt.Println("descriptor", fd.Name(), to)
		}
	}
	var ws syscall.WaitStatus
	children, _ := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/children", os.Getpid()))
	for _, pid := range strings.Fields(string(children)) {
		cmd, _ := os.ReadFile("/proc/" + pid + "/cmdline")
		stat, _ := os.ReadFile("/proc/" + pid + "/stat")
		fmt.Printf("child %q %s\n", cmd, stat)
	}
	_, err := syscall.Wait4(-1, &ws, syscall.WNOHANG, nil)
	fmt.Println(err, os.Getppid() > 1)
	prio, _ := syscall.Getpriority(syscall.PRIO_PROCESS, 0)
	fmt.Println(prio)
}
`)
	r.same("with a recorder")
	r.recorded()
	r.same("without a build")
	if r.hits != 1 {
		t.Errorf("not recorded: %s", r.own)
	}
}

// A job is a gorun that goes on beside the test.
type job struct {
	out, err proctest.Output
	done     chan struct{} // closed after Wait
}

// begin starts it.
func (r *startRig) begin(cmd *osexec.Cmd) *job {
	r.t.Helper()
	j := &job{done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &j.out, &j.err
	r.must(cmd.Start())
	go func() {
		cmd.Wait()
		close(j.done)
	}()
	return j
}

// both is what it has printed so far.
func both(j *job) string {
	return "[stdout]\n" + j.out.String() + "[stderr]\n" + j.err.String()
}

// The live mode begins with what was built before, has go build look, and goes
// on as ever. Its last build is the next start's.
func TestStartLive(t *testing.T) {
	r := newStartRig(t)
	r.write("m/main.go", `package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"example.com/dep"
	"example.com/m/lib"
)

func main() {
	fmt.Println("up", lib.Words, dep.Word)
	c := make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt, syscall.SIGTERM)
	<-c
}
`)
	session := func(edit bool, built string) (stderr string) {
		t.Helper()
		cmd := r.command(r.gorun, "-watch", ".")
		cmd.Env = append(cmd.Env, "GORUNDEBUG=plan,exec")
		j := r.begin(cmd)
		see := func(o *proctest.Output, re string) {
			t.Helper()
			if !proctest.Eventually(func() bool { return regexp.MustCompile(re).MatchString(o.String()) }, nil) {
				cmd.Process.Kill()
				t.Fatalf("no %q in\n%s", re, both(j))
			}
		}
		see(&j.out, `(?m)^up`)
		see(&j.err, built)
		if edit {
			word := r.next()
			r.write("m/lib/lib.go", strings.ReplaceAll(r.read("m/lib/lib.go"), "word-0", "word-"+word))
			see(&j.out, "word-"+word)
		}
		cmd.Process.Signal(syscall.SIGTERM)
		<-j.done
		r.recorded()
		return j.err.String()
	}
	session(false, `go build \(first build\)`)
	log := session(true, `(?s)nothing changed.*go build \(first build\)`)
	if n := strings.Count(log, "swapped in"); n != 1 {
		t.Errorf("%d swaps, want 1:\n%s", n, log)
	}
	log = session(false, "nothing changed")
	if strings.Contains(log, "swapped in") {
		t.Errorf("a swap of nothing:\n%s", log)
	}
}

// A record that is wrong, by a fault of gorun's, does not last in live mode.
func TestStartLiveWrong(t *testing.T) {
	r := newStartRig(t)
	r.write("m/main.go", "package main\n\nimport (\"fmt\"; \"time\"; \"example.com/m/lib\"; \"example.com/dep\")\n\nfunc main() {\n\tfmt.Println(\"up\", lib.Words, dep.Word)\n\ttime.Sleep(time.Hour)\n}\n")
	r.write("m/go.mod", strings.Replace(r.read("m/go.mod"), "../dep", "../other", 1))
	first := func(until string) *job {
		cmd := r.command(r.gorun, "-watch", ".")
		j := r.begin(cmd)
		if !proctest.Eventually(func() bool { return bytes.Contains([]byte(j.out.String()), []byte(until)) }, nil) {
			t.Errorf("no %q in\n%s", until, both(j))
		}
		cmd.Process.Signal(syscall.SIGTERM)
		<-j.done
		r.recorded()
		return j
	}
	first("word-0")
	// Another program in the executable's place, with its metadata.
	exes, _ := filepath.Glob(r.path("cache/exe/*/b001/exe/*"))
	other := filepath.Join(r.root, "wrong")
	r.write("wrong.go", "package main\n\nimport \"time\"\n\nfunc main() {\n\tprintln(\"wrong\")\n\ttime.Sleep(time.Hour)\n}\n")
	if _, own, ok := r.run(r.command("go", "build", "-o", other, r.path("wrong.go"))); !ok {
		t.Fatal(own)
	}
	data, err := os.ReadFile(other)
	r.must(err)
	for _, exe := range exes {
		// The file may be the go command's, too.
		was, err := os.ReadFile(exe)
		r.must(err)
		sum := fmt.Sprintf("%x", sha256.Sum256(was))
		r.must(os.RemoveAll(filepath.Join(proctest.GoEnv(t, "GOCACHE"), sum[:2], sum+"-d")))
		fi, err := os.Stat(exe)
		r.must(err)
		f, err := os.OpenFile(exe, os.O_WRONLY, 0)
		r.must(err)
		_, err = f.WriteAt(append(data, make([]byte, max(0, int(fi.Size())-len(data)))...)[:fi.Size()], 0)
		r.must(err)
		r.must(f.Close())
		r.must(os.Chtimes(exe, fi.ModTime(), fi.ModTime()))
	}
	j := first("word-0")
	if !strings.Contains(j.err.String(), "wrong") || !strings.Contains(j.err.String(), "swapped in") {
		t.Errorf("the wrong program was not started, or was swapped without a word:\n%s", both(j))
	}
}

// Another toolchain is another program, however it comes to be chosen.
func TestStartToolchain(t *testing.T) {
	others, _ := filepath.Glob(filepath.Join(proctest.GoEnv(t, "GOMODCACHE"), "golang.org", "toolchain@*"))
	if len(others) == 0 {
		t.Skip("no second toolchain in the module cache; GOTOOLCHAIN=go1.26.7 go version gets one")
	}
	other, local := others[len(others)-1], proctest.GoEnv(t, "GOROOT")
	version, err := os.ReadFile(filepath.Join(other, "VERSION"))
	if err != nil {
		t.Fatal(err)
	}
	name, _, _ := strings.Cut(string(version), "\n")
	r := newStartRig(t)
	link := func(root string) {
		os.Remove(r.path("go"))
		r.must(os.Symlink(root, r.path("go")))
	}
	link(local)
	r.env = []string{"GOTOOLCHAIN=", "PATH=" + r.path("go/bin") + ":" + r.path("tools") + ":" + os.Getenv("PATH")}
	printed := map[string]bool{}
	for i, do := range []func(){
		func() {},
		func() { r.write("conf/goenv", "GOTOOLCHAIN="+name+"\n") },
		func() { r.write("conf/goenv", "GOTOOLCHAIN=local\n") },
		func() { link(other) },
		func() { link(local) },
		func() { r.env = append(r.env, "GOTOOLCHAIN="+name) },
		func() { // one in PATH comes before a downloaded one; this one is a lie
			r.must(os.MkdirAll(r.path("tools"), 0o777))
			r.must(os.Symlink(filepath.Join(local, "bin", "go"), r.path("tools/"+name)))
		},
		func() { r.must(os.Remove(r.path("tools/" + name))) },
		func() { r.env = append(r.env, "GOTOOLCHAIN=local") },
		func() { // a go command that is not the toolchain's own
			r.must(os.MkdirAll(r.path("wrap"), 0o777))
			r.must(os.WriteFile(r.path("wrap/go"), []byte("#!/bin/sh\nexec "+filepath.Join(local, "bin",
				"go")+" \"$@\"\n"), 0o777))
			r.env = append(r.env, "PATH="+r.path("wrap")+":"+os.Getenv("PATH"))
		},
		func() {
			r.must(os.WriteFile(r.path("wrap/go"), []byte("#!/bin/sh\nexec "+filepath.Join(other, "bin",
				"go")+" \"$@\"\n"), 0o777))
		},
	} {
		do()
		r.same(fmt.Sprint("toolchain ", i))
		printed[regexp.MustCompile(`go1\S+`).FindString(r.printed)] = true
		r.recorded()
		r.same(fmt.Sprint("toolchain ", i, " again"))
	}
	if len(printed) < 2 {
		t.Errorf("all programs are of one toolchain: %v", printed)
	}
	if r.hits < 6 {
		t.Errorf("%d starts without a build", r.hits)
	}
}

// The go command sees what is changed in the module cache or in GOROOT, too.
func TestStartElsewhere(t *testing.T) {
	r := newStartRig(t)
	// A file system proxy with one module, for a module cache of our own.
	r.write("proxy/example.com/far/@v/v1.0.0.info", `{"Version":"v1.0.0"}`)
	r.write("proxy/example.com/far/@v/v1.0.0.mod", "module example.com/far\n\ngo 1.24\n")
	r.write("proxy/example.com/far/@v/list", "v1.0.0\n")
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for name, content := range map[string]string{
		"go.mod":       "module example.com/far\n\ngo 1.24\n",
		"far.go":       "package far\n\nconst Word = \"far-0\"\n",
		"cmd/main.go":  "package main\n\nimport \"example.com/far\"\n\nfunc main() { println(far.Word) }\n",
		"far_plan9.go": "package far\n\nbroken\n",
	} {
		w, err := z.Create("example.com/far@v1.0.0/" + name)
		r.must(err)
		_, err = w.Write([]byte(content))
		r.must(err)
	}
	r.must(z.Close())
	r.write("proxy/example.com/far/@v/v1.0.0.zip", buf.String())
	r.write("m/main.go", "package main\n\nimport \"example.com/far\"\n\nfunc main() { println(far.Word) }\n")
	r.write("m/go.mod", "module example.com/m\n\ngo 1.24\n\nrequire example.com/far v1.0.0\n")
	r.env = []string{"GOMODCACHE=" + r.path("modcache"), "GOPROXY=file://" + r.path("proxy"), "GONOSUMDB=*",
		"GONOSUMCHECK=1", "GOFLAGS=-modcacherw", "GOSUMDB=off"}
	if out, _, ok := r.run(r.command("go", "mod", "tidy")); !ok {
		t.Fatal(out)
	}
	far := "modcache/example.com/far@v1.0.0/far.go"
	for _, args := range [][]string{{"."}, {"example.com/far/cmd@v1.0.0"}} {
		r.args, r.hits = args, 0
		r.same("first")
		r.recorded()
		r.same("second")
		if r.hits != 1 {
			t.Fatalf("%v: not recorded: %s", args, r.own)
		}
		was := r.mtime(far)
		r.write(far, strings.ReplaceAll(r.read(far), "far-", "FAR-"))
		r.must(os.Chtimes(r.path(far), was, was))
		r.same("a file of the module cache was written")
		r.recorded()
		r.same("and again")
		r.write(far, strings.ReplaceAll(r.read(far), "FAR-", "far-"))
		r.write(filepath.ToSlash(filepath.Dir(far))+"/new.go", "package far\n\nfunc init() { println(\"new\") }\n")
		r.same("a new file of the module cache")
		r.must(os.Remove(r.path(filepath.ToSlash(filepath.Dir(far)) + "/new.go")))
		r.same("removed")
		r.recorded()
	}
	r.must(os.RemoveAll(r.path("modcache")))
	if out, _, ok := r.run(r.command(r.gorun, append([]string{"-once"}, r.args...)...)); !ok ||
		!strings.Contains(out, "downloading") {
		t.Errorf("the module cache is gone, and nothing is downloaded:\n%s", out)
	}
}
