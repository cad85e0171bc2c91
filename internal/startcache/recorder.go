package startcache

// A record must be true whatever the clock says. So the recorder surveys all that
// decides the build, asks the go command once more which files there are, has it build
// (which takes little time, as it has built the same a moment ago), and then compares
// the disk with the survey. If nothing differs, nothing has changed between the survey
// and the comparison, so the executable was built from what was surveyed.
//
// Rejected: to trust the build that the start itself has done, and to ask which files
// are younger than its beginning. A clock that was set back meanwhile, or a file server
// with a clock of its own, would let an edited file pass for an old one; and before that
// build it was not known which files to compare.

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

// conclusiveAfter is how old a file must be for its metadata to be proof of its
// content: stamp's gap, and a little more.
const conclusiveAfter = 3*time.Second + 100*time.Millisecond

// A Recorder makes the record of one start.
type Recorder struct {
	Index     *Index
	Key       Key
	Versioned bool
	Flags     []string           // the build flags, without -C and -exec
	ListFlags []string           // those of them that `go list` takes
	Graph     depgraph.Config    // how the program is listed
	Build     incremental.Config // how it is built
}

// Record makes the record. entry is what the start has built, in the store, or ""
// if that must not be used. release is called as soon as those that wait for the record
// need not wait any more; Record may go on for conclusiveAfter.
func (r *Recorder) Record(ctx context.Context, entry string, release func()) error {
	rec, err := r.make(ctx, entry)
	var why unrecordable
	if errors.As(err, &why) {
		rec = &record{unrecordable: string(why), uncached: encodeUncached(r.Build.Uncached)}
	} else if err != nil {
		release()
		return err
	}
	if werr := r.Index.write(r.Key, rec); werr != nil {
		err = werr
	}
	release()
	if err != nil {
		return err
	}
	return r.renew(ctx, rec)
}

// renew waits until young files are old enough for their metadata to be proof, and
// writes the record again. With the first one each start would have to read them.
func (r *Recorder) renew(ctx context.Context, rec *record) error {
	young := false
	for _, f := range rec.directories {
		for c := f.cursor(); c.next(); {
			young = young || c.item.summed && c.item.kind != itemLink && !c.item.conclusive
		}
	}
	if !young {
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(conclusiveAfter):
	}
	if diff, renewed := rec.check(thoroughly); diff != "" || !renewed {
		return nil // something has changed; the next start will notice
	}
	return r.Index.write(r.Key, rec)
}

func (r *Recorder) make(ctx context.Context, entry string) (*record, error) {
	s, err := r.survey(ctx, entry)
	if s.done != nil {
		defer s.done()
	}
	if err != nil {
		return nil, err
	}
	in, goenv := s.inputs, s.goenv
	if err := r.unrecordable(goenv); err != nil {
		return nil, err
	}
	if err := in.addToolchain(ctx, r.Build.Go, goenv, r.localRoot); err != nil {
		return nil, err
	}
	out, err := r.list(ctx, s.list)
	if err != nil {
		return nil, err
	}
	files, std, err := parseList(out)
	if err != nil {
		return nil, err
	}
	// Depgraph does not name packages that no package imports, such as runtime/cgo.
	if err := in.addOutside(std); err != nil {
		return nil, err
	}
	if f := in.missing(files); f != "" {
		return nil, fmt.Errorf("%s was not surveyed: the program changes, or the file is listed in another way", f)
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
		return nil, unrecordable("the go command prints something each time")
	}
	rec := &record{directories: in.directories(), uncached: encodeUncached(r.Build.Uncached)}
	if diff, _ := rec.check(strictly); diff != "" {
		built.Exe.Remove()
		return nil, fmt.Errorf("%s changed while the record was made", diff)
	}
	if err := r.sameToolchain(built.Exe, goenv); err != nil {
		built.Exe.Remove()
		return nil, err
	}
	exe := built.Exe
	if first := r.Build.Store.Reuse(entry, filepath.Base(exe.Path)); first != nil && sameContent(first.Path, exe.Path) {
		first.PATH, first.Environ = exe.PATH, exe.Environ
		exe.Remove()
		exe = first
	}
	defer exe.Release()
	if err := flush(exe.Path); err != nil {
		return nil, err
	}
	rec.entry, rec.name = exe.Entry(), filepath.Base(exe.Path)
	rec.path, rec.environ = exe.PATH, exe.Environ
	rec.exe = exeMeta(exe.Path)
	return rec, nil
}

// unrecordable says why flags and settings do not allow a record.
func (r *Recorder) unrecordable(goenv map[string]string) error {
	flags, err := goflags.ParseEnv(goenv["GOFLAGS"])
	if err != nil {
		return err
	}
	if exec, err := goflags.ExecFromEnv(goenv["GOFLAGS"]); err != nil || exec != nil {
		return unrecordable("GOFLAGS has -exec")
	}
	if why := Unrecordable(slices.Concat(flags, r.Flags), r.Build.Patterns, r.Versioned, r.getenv(goenv)); why != "" {
		return unrecordable(why)
	}
	if why := goEnvReason(goenv); why != "" {
		return unrecordable(why)
	}
	return nil
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

func (r *Recorder) inputs() *inputs {
	return &inputs{items: map[inputKey]item{}, env: r.getenv(nil)}
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
// surveyed.
func (r *Recorder) sameToolchain(exe *incremental.Executable, goenv map[string]string) error {
	info, err := buildinfo.ReadFile(exe.Path)
	if err != nil {
		return unrecordable("the executable does not say what built it")
	}
	dir := filepath.SplitList(exe.PATH)
	if toolchainName(info.GoVersion) != toolchainName(goenv["GOVERSION"]) ||
		len(dir) == 0 || dir[0] != filepath.Join(goenv["GOROOT"], "bin") {
		return fmt.Errorf("%s of %s built it, not %s", info.GoVersion, exe.PATH, goenv["GOVERSION"])
	}
	return nil
}

// exeMeta is the metadata by which an executable is recognised. The ctime is not part of
// it: it moves when the go command removes its own name of the file.
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

// flush makes the system write the file to the disk, before a record says that it is
// there.
func flush(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
