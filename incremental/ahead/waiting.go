package ahead

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/internal/environ"
	"github.com/gorun-dev/gorun/internal/gocmd"
)

// hotEnv names the hot packages to the linker, one a line (inserted/ld.go.txt).
const hotEnv = "GORUN_LINK_AHEAD"

// A waiting is a link that has begun: a process that loads all packages but the hot ones, says that it
// is ready, and links when it is told the archives.
type waiting struct {
	hot  []string
	main string // the import path of the main package, which the linker calls main
	dir  string // of its own
	exe  string // what it links, in dir

	// probesFile has what is known of the C compiler's flags (inserted/ld.go.txt): before it begins what
	// other links have probed, when it has ended what it has. It is not there where nothing was.
	probesFile string

	process *gocmd.Process
	order   *os.File      // its standard input
	ready   chan struct{} // closed when it is ready; not, if it never is
	memory  int64         // what it takes, in bytes; once ready
	said    chan string   // receives what else it wrote to its standard output, once, after its end
}

// An order is what the process is told (inserted/ld.go.txt).
type order struct {
	BuildID  string
	Archives map[string]string
}

// begin starts a link of job in a new directory below work. probes are what earlier links have found out.
func begin(
	linker string, job *Job, hot []string, work string, probes []byte, priority gocmd.Priority,
) (_ *waiting, err error) {
	w := &waiting{hot: hot, main: job.Main, ready: make(chan struct{}), said: make(chan string, 1)}
	if w.dir, err = os.MkdirTemp(work, "ahead"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			os.RemoveAll(w.dir)
		}
	}()
	argv, env, exe, err := job.command(linker, w.dir)
	if err != nil {
		return nil, err
	}
	w.exe, w.probesFile = exe, filepath.Join(environ.Get(env, "TMPDIR"), "probes")
	if probes != nil {
		if err := os.WriteFile(w.probesFile, probes, 0o600); err != nil {
			return nil, err
		}
	}
	var names []string
	for _, p := range hot {
		names = append(names, w.nameOf(p))
	}
	env = environ.Set(env, hotEnv+"="+strings.Join(names, "\n"))
	theirIn, ourIn, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer theirIn.Close()
	ourOut, theirOut, err := os.Pipe()
	if err != nil {
		ourIn.Close()
		return nil, err
	}
	defer theirOut.Close()
	w.process, err = gocmd.Tool{Argv: argv, Dir: job.Dir, Env: env, Priority: priority}.Start(theirIn, theirOut)
	if err != nil {
		ourIn.Close()
		ourOut.Close()
		return nil, err
	}
	w.order = ourIn
	go w.read(ourOut)
	return w, nil
}

// nameOf returns what the linker calls a package.
func (w *waiting) nameOf(path string) string {
	if path == w.main {
		return "main"
	}
	return path
}

// read reads what the process writes, to the end.
func (w *waiting) read(out *os.File) {
	defer out.Close()
	r := bufio.NewReader(out)
	line, _ := r.ReadString('\n')
	if kib, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "ready "); ok {
		n, err := strconv.ParseInt(kib, 10, 64)
		if err == nil {
			w.memory, line = n<<10, ""
			close(w.ready)
		}
	}
	rest, _ := io.ReadAll(r)
	w.said <- line + string(rest)
}

// link has it make the executable of a job, and returns where that is, in w.dir. It is called once. After an
// error, and where ctx ends, nothing of it is left.
func (w *waiting) link(ctx context.Context, job *Job) (exe string, err error) {
	defer func() {
		if err != nil {
			w.end()
		}
	}()
	paths, err := job.files(w.dir, "late", w.hot)
	if err != nil {
		return "", err
	}
	o := order{BuildID: job.BuildID, Archives: make(map[string]string)}
	for p, file := range paths {
		o.Archives[w.nameOf(p)] = file
	}
	text, err := json.Marshal(o)
	if err != nil {
		return "", err
	}
	stop := context.AfterFunc(ctx, func() { _ = w.order.SetWriteDeadline(time.Now()) })
	defer stop()
	if _, err := w.order.Write(append(text, '\n')); err != nil {
		return "", fmt.Errorf("giving the order: %w", err)
	}
	select {
	case <-w.process.Done():
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	return w.exe, w.outcome()
}

// outcome waits for the end of the process, and says what was wrong with it.
func (w *waiting) outcome() error {
	r := w.process.Wait()
	w.order.Close()
	said := <-w.said + string(bytes.TrimSpace(r.Stderr))
	w.process = nil
	if r.Status != 0 {
		return fmt.Errorf("exit status %d: %s", r.Status, said)
	}
	if said != "" {
		return errors.New("it has something to say: " + said)
	}
	return nil
}

// end ends the process, and removes its directory.
func (w *waiting) end() {
	if w.process != nil {
		w.process.Kill()
		_ = w.outcome()
	}
	os.RemoveAll(w.dir)
}
