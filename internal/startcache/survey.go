package startcache

import (
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/internal/environ"
	"github.com/gorun-dev/gorun/internal/gocmd"
	"github.com/gorun-dev/gorun/internal/stamp"
)

// A survey is what decides the build, as it was found before the recorder's build.
type survey struct {
	inputs *inputs
	goenv  map[string]string // asked for after the file of go env -w was read
	list   gocmd.Invocation  // lists the program once more
	done   func()            // may be nil
}

// survey surveys what is to be recorded. entry is what the start has built, in the
// store, or "".
func (r *Recorder) survey(ctx context.Context, entry string) (survey, error) {
	if r.Versioned {
		return r.surveyVersion(ctx, entry)
	}
	return r.surveyModule(ctx)
}

// surveyModule surveys a program of the modules on the disk.
func (r *Recorder) surveyModule(ctx context.Context) (s survey, err error) {
	cfg := r.Graph
	cfg.UnwatchedFiles = true
	g, err := depgraph.Load(ctx, cfg, nil)
	if err != nil {
		return s, err
	}
	r.Build.Uncached = g.Uncached()
	d, err := g.ListingInputs()
	if err != nil {
		return s, err
	}
	s.inputs = r.inputs()
	if err := s.inputs.addGraph(d); err != nil {
		return s, err
	}
	s.list = gocmd.Invocation{
		Go: r.Build.Go, Dir: cfg.Dir, Env: cfg.Env,
		Args: slices.Concat([]string{"list", "-deps", listedFields}, r.ListFlags, r.Build.Patterns),
	}
	s.goenv, err = cfg.GoEnv(ctx)
	return s, err
}

// surveyVersion surveys package@version. The go command does not list such a package.
// It does list the package for a module that requires that version and nothing else,
// from the module cache alone.
func (r *Recorder) surveyVersion(ctx context.Context, entry string) (s survey, err error) {
	name, version, _ := strings.Cut(r.Build.Patterns[0], "@")
	first := r.Build.Store.Reuse(entry, "")
	if first == nil {
		return s, errors.New("nothing was built before")
	}
	info, err := buildinfo.ReadFile(first.Path)
	if err != nil {
		return s, err
	}
	if info.Main.Version != version {
		return s, unrecordable(fmt.Sprintf("%s is %s", version, info.Main.Version))
	}
	dir, err := os.MkdirTemp("", "gorun-list-")
	if err != nil {
		return s, err
	}
	s.done = func() { os.RemoveAll(dir) }
	// With the toolchain's own language version the go command reads no more go.mod
	// files than it has read for the build; others may not be in the module cache.
	language := strings.TrimPrefix(toolchainName(info.GoVersion), "go")
	mod := fmt.Sprintf("module gorun.invalid/list\n\ngo %s\n\nrequire %s %s\n", language, info.Main.Path, version)
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(mod), 0o600); err != nil {
		return s, err
	}
	env := environ.Set(r.Build.Env,
		"PWD="+dir, "GOWORK=off", "GO111MODULE=on", "GOPROXY=off", "GOSUMDB=off",
		"GOTOOLCHAIN="+toolchainName(info.GoVersion))
	s.list = gocmd.Invocation{
		Go: r.Build.Go, Dir: dir, Env: env,
		Args: slices.Concat([]string{"list", "-deps", listedFields}, r.ListFlags, []string{"-mod=mod", "-modfile=", name}),
	}
	out, err := r.list(ctx, s.list)
	if err != nil {
		return s, err
	}
	files, std, err := parseList(out)
	if err != nil {
		return s, err
	}
	s.inputs = r.inputs()
	if err := s.inputs.addOutside(append(files, std...)); err != nil {
		return s, err
	}
	if s.goenv, err = gocmd.Env(ctx, r.Build.Go, dir, env); err != nil {
		return s, err
	}
	if file := s.goenv["GOENV"]; file != "" && file != "off" {
		// Its stamp is older than what the go command reads from it next.
		kind := itemFile
		if !stamp.Stat(file).Exists() {
			kind = itemState
		}
		if err := s.inputs.add(file, kind); err != nil {
			return s, err
		}
		s.goenv, err = gocmd.Env(ctx, r.Build.Go, dir, env)
	}
	return s, err
}
