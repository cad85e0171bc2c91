package startcache

// How a record comes to be true, whatever the clock says: the recorder collects what
// decides (a first look), asks the go command once more which files there are, has
// it build, which is a matter of its cache, and looks again. If nothing differs
// between the looks, the executable of that build is one of what was seen.
//
// Rejected: trusting the build that the first start has done, and asking which
// files are younger than its beginning. A clock set back meanwhile, or a file server
// with a clock of its own, would let an edit pass for an old file; and the files
// were not known before that build.

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/incremental"
	"github.com/gorun-dev/gorun/internal/environ"
	"github.com/gorun-dev/gorun/internal/gocmd"
	"github.com/gorun-dev/gorun/internal/goflags"
	"github.com/gorun-dev/gorun/internal/stamp"
)

// settleTime is after how long every file that nobody writes to is older than
// stamp's gap, so that its metadata is proof.
const settleTime = 3*time.Second + 100*time.Millisecond

// A Recorder makes the record of one start.
type Recorder struct {
	Book      *Book
	Key       Key
	Versioned bool
	Flags     []string           // the build flags, without -C and -exec
	ListFlags []string           // those of them that `go list` takes
	Graph     depgraph.Config    // how the program is listed
	Build     incremental.Config // how it is built
	Debug     func(format string, args ...any)
}

// Record makes the record. entry is what the start has built, in the store, or ""
// if that is not to be used. Release is called when others that wait for the
// record have nothing to wait for any more; Record may go on for settleTime.
func (r *Recorder) Record(ctx context.Context, entry string, release func()) error {
	rec, err := r.make(ctx, entry)
	var no refusal
	if errors.As(err, &no) {
		rec = &record{refusal: string(no)}
	} else if err != nil {
		release()
		return err
	}
	if werr := r.Book.write(r.Key, rec); werr != nil {
		err = werr
	}
	release()
	if err != nil {
		return err
	}
	return r.settle(ctx, rec)
}

// settle waits until young files are old enough for their metadata to be proof,
// so that the next start need not read them.
func (r *Recorder) settle(ctx context.Context, rec *record) error {
	young := false
	for _, f := range rec.directories {
		for c := f.cursor(); c.next(); {
			young = young || c.item.summed && c.item.kind != itemLink && !c.item.settled
		}
	}
	if !young {
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(settleTime):
	}
	if diff, renewed := rec.check(false); diff != "" || !renewed {
		return nil // it is not of today any more; the next start will see
	}
	return r.Book.replace(r.Key, rec)
}

func (r *Recorder) make(ctx context.Context, entry string) (*record, error) {
	look := r.lookHere
	if r.Versioned {
		look = r.lookVersion
	}
	l, err := look(ctx, entry)
	if l.done != nil {
		defer l.done()
	}
	if err != nil {
		return nil, err
	}
	c, goenv := l.collection, l.goenv
	if err := r.refuse(goenv); err != nil {
		return nil, err
	}
	if err := c.toolchain(ctx, r.Build.Go, goenv, r.localRoot); err != nil {
		return nil, err
	}
	out, err := r.list(ctx, l.list)
	if err != nil {
		return nil, err
	}
	files, std, err := parseList(out)
	if err != nil {
		return nil, err
	}
	// Packages that nothing imports, runtime/cgo for one, depgraph does not name.
	if err := c.elsewhere(std); err != nil {
		return nil, err
	}
	if f := c.covers(files); f != "" {
		return nil, fmt.Errorf("%s was not seen: the program changes, or the file is listed in another way", f)
	}
	builder := incremental.NewBuilder(r.Build)
	built := builder.Start(incremental.NewPlan(nil, builder.Known()), nil, nil).Result()
	defer builder.Close()
	switch {
	case built.Err != nil:
		return nil, built.Err
	case built.Status != 0:
		return nil, fmt.Errorf("the build failed: %s", built.Output)
	case len(bytes.TrimSpace(built.Output)) > 0:
		built.Exe.Remove()
		return nil, refusal("the go command prints something each time")
	}
	rec := &record{directories: c.directories()}
	if diff, _ := rec.check(true); diff != "" {
		built.Exe.Remove()
		return nil, fmt.Errorf("%s changed while the record was made", diff)
	}
	if err := r.sameToolchain(built.Exe, goenv); err != nil {
		built.Exe.Remove()
		return nil, err
	}
	exe := built.Exe
	if first := r.Build.Store.Reuse(entry, filepath.Base(exe.Path)); first != nil && sameContent(first.Path, exe.Path) {
		first.Dir, first.PATH = exe.Dir, exe.PATH
		exe.Remove()
		exe = first
	}
	defer exe.Release()
	if err := flush(exe.Path); err != nil {
		return nil, err
	}
	rec.entry, rec.name, rec.path = exe.Entry(), filepath.Base(exe.Path), exe.PATH
	rec.exe = exeMeta(exe.Path)
	return rec, nil
}

// refuse says why nothing is recorded, by flags and settings.
func (r *Recorder) refuse(goenv map[string]string) error {
	flags, err := goflags.ParseEnv(goenv["GOFLAGS"])
	if err != nil {
		return err
	}
	if exec, err := goflags.ExecFromEnv(goenv["GOFLAGS"]); err != nil || exec != nil {
		return refusal("GOFLAGS has -exec")
	}
	if why := Refuse(slices.Concat(flags, r.Flags), r.Build.Patterns, r.Versioned, r.getenv(goenv)); why != "" {
		return refusal(why)
	}
	if why := refuseGoEnv(goenv); why != "" {
		return refusal(why)
	}
	return nil
}

// A look is the first look at what decides.
type look struct {
	collection *collection
	goenv      map[string]string // asked for when the file of go env -w had been read
	list       gocmd.Invocation  // lists the program once more
	done       func()            // may be nil
}

// lookHere is for a program of the modules here.
func (r *Recorder) lookHere(ctx context.Context, _ string) (l look, err error) {
	cfg := r.Graph
	cfg.Elsewhere = true
	g, err := depgraph.Load(ctx, cfg, nil)
	if err != nil {
		return l, err
	}
	d, err := g.Decisive()
	if err != nil {
		return l, err
	}
	l.collection = r.collection()
	if err := l.collection.decisive(d); err != nil {
		return l, err
	}
	l.list = gocmd.Invocation{
		Go: r.Build.Go, Dir: cfg.Dir, Env: cfg.Env,
		Args: slices.Concat([]string{"list", "-deps", listedFields}, r.ListFlags, r.Build.Patterns),
	}
	l.goenv, err = cfg.GoEnv(ctx)
	return l, err
}

// lookVersion is for package@version. The go command does not list such a
// package; it does for a module that requires that version and nothing else, from
// the module cache alone.
func (r *Recorder) lookVersion(ctx context.Context, entry string) (l look, err error) {
	name, version, _ := strings.Cut(r.Build.Patterns[0], "@")
	first := r.Build.Store.Reuse(entry, "")
	if first == nil {
		return l, errors.New("nothing was built before")
	}
	info, err := buildinfo.ReadFile(first.Path)
	if err != nil {
		return l, err
	}
	if info.Main.Version != version {
		return l, refusal(fmt.Sprintf("%s is %s", version, info.Main.Version))
	}
	dir, err := os.MkdirTemp("", "gorun-list-")
	if err != nil {
		return l, err
	}
	l.done = func() { os.RemoveAll(dir) }
	// With the language of the toolchain the go command reads no more go.mod
	// files than it did for the version: they are all that is sure to be here.
	mod := fmt.Sprintf("module gorun.invalid/list\n\ngo %s\n\nrequire %s %s\n", strings.TrimPrefix(toolchainName(info.GoVersion), "go"), info.Main.Path, version)
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(mod), 0o600); err != nil {
		return l, err
	}
	env := environ.Set(r.Build.Env,
		"PWD="+dir, "GOWORK=off", "GO111MODULE=on", "GOPROXY=off", "GOSUMDB=off", "GOTOOLCHAIN="+toolchainName(info.GoVersion))
	l.list = gocmd.Invocation{
		Go: r.Build.Go, Dir: dir, Env: env,
		Args: slices.Concat([]string{"list", "-deps", listedFields}, r.ListFlags, []string{"-mod=mod", "-modfile=", name}),
	}
	out, err := r.list(ctx, l.list)
	if err != nil {
		return l, err
	}
	files, std, err := parseList(out)
	if err != nil {
		return l, err
	}
	l.collection = r.collection()
	if err := l.collection.elsewhere(append(files, std...)); err != nil {
		return l, err
	}
	if l.goenv, err = gocmd.Env(ctx, r.Build.Go, dir, env); err != nil {
		return l, err
	}
	if file := l.goenv["GOENV"]; file != "" && file != "off" {
		// Looked at before it is read again: what is asked from here on counts.
		kind := itemFile
		if !stamp.Stat(file).Exists() {
			kind = itemState
		}
		if err := l.collection.add(file, kind); err != nil {
			return l, err
		}
		l.goenv, err = gocmd.Env(ctx, r.Build.Go, dir, env)
	}
	return l, err
}

// toolchainName is what GOTOOLCHAIN calls the toolchain of an executable.
func toolchainName(version string) string {
	name, _, _ := strings.Cut(version, " ")
	return name
}

func (r *Recorder) list(ctx context.Context, inv gocmd.Invocation) ([]byte, error) {
	res, err := inv.Run(ctx)
	switch {
	case err != nil:
		return nil, err
	case res.Status != 0:
		return nil, &gocmd.Failure{Status: res.Status, Output: res.Stderr}
	}
	return res.Stdout, nil
}

func (r *Recorder) collection() *collection {
	return &collection{items: map[place]item{}, env: r.getenv(nil)}
}

// getenv looks a variable up in the go command's settings, then in the environment.
func (r *Recorder) getenv(goenv map[string]string) func(string) string {
	return func(name string) string {
		if v := goenv[name]; v != "" {
			return v
		}
		return environ.Get(r.Build.Env, name)
	}
}

// localRoot is the toolchain that the go command is part of.
func (r *Recorder) localRoot(ctx context.Context) (string, error) {
	env := environ.Set(r.Build.Env, "GOTOOLCHAIN=local", "GOWORK=off")
	vars, err := gocmd.Env(ctx, r.Build.Go, os.TempDir(), env)
	return vars["GOROOT"], err
}

// sameToolchain checks that the executable was built by the toolchain that was
// looked at.
func (r *Recorder) sameToolchain(exe *incremental.Executable, goenv map[string]string) error {
	info, err := buildinfo.ReadFile(exe.Path)
	if err != nil {
		return refusal("the executable does not say what built it")
	}
	dir := filepath.SplitList(exe.PATH)
	if toolchainName(info.GoVersion) != toolchainName(goenv["GOVERSION"]) || len(dir) == 0 || dir[0] != filepath.Join(goenv["GOROOT"], "bin") {
		return fmt.Errorf("%s of %s built it, not %s", info.GoVersion, exe.PATH, goenv["GOVERSION"])
	}
	return nil
}

// exeMeta is the metadata of an executable by which it is known again. Its ctime
// moves when the go command takes its own name of the file away.
func exeMeta(path string) stamp.Meta {
	m := stamp.Stat(path)
	m.Ctime = 0
	return m
}

func sameContent(a, b string) bool {
	x, err := os.Open(a)
	if err != nil {
		return false
	}
	defer x.Close()
	y, err := os.Open(b)
	if err != nil {
		return false
	}
	defer y.Close()
	p, q := make([]byte, 1<<16), make([]byte, 1<<16)
	for {
		n, errX := io.ReadFull(x, p)
		m, errY := io.ReadFull(y, q)
		if n != m || !bytes.Equal(p[:n], q[:m]) {
			return false
		}
		if errX != nil || errY != nil {
			return (errX == io.EOF || errX == io.ErrUnexpectedEOF) && (errY == io.EOF || errY == io.ErrUnexpectedEOF)
		}
	}
}

// flush has the file on the disk before a record says that it is there.
func flush(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
