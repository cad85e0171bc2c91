package ahead

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/gofrs/flock"

	"github.com/gorun-dev/gorun/internal/environ"
	"github.com/gorun-dev/gorun/internal/gocmd"
	"github.com/gorun-dev/gorun/internal/privatedir"
)

// A Toolchain is what a linker is built from.
type Toolchain struct {
	GOROOT string
	Tool   string   // the stock linker
	Env    []string // of the go command
}

const (
	// cacheName is the directory of linkers in gorun's cache directory.
	cacheName = "ahead"
	// unusedFor is how long a linker is kept that nobody uses: its toolchain has probably gone.
	unusedFor = 30 * 24 * time.Hour
	// lockEvery is how often a gorun looks whether another one has built the linker that it waits for.
	// A build takes some seconds, and nobody waits for it.
	lockEvery = 500 * time.Millisecond
)

// Build returns the executable of the linker for a toolchain: that in gorun's cache directory, or one
// that it builds at the lowest priority, which takes some seconds of processor time.
func Build(ctx context.Context, cache string, t Toolchain) (string, error) {
	if !knownSystem() {
		return "", Known(t.GOROOT)
	}
	sources, err := readSources(t.GOROOT)
	if err != nil {
		return "", err
	}
	all, err := edits()
	if err != nil {
		return "", err
	}
	key, err := linkerKey(t, sources)
	if err != nil {
		return "", err
	}
	below := filepath.Join(cacheName, key)
	if err := privatedir.Make(cache, below); err != nil {
		return "", err
	}
	exe := filepath.Join(cache, below, "link")
	lock := flock.New(filepath.Join(cache, below, "lock"))
	if _, err := lock.TryLockContext(ctx, lockEvery); err != nil {
		return "", err
	}
	defer lock.Close()
	if privatedir.Check(cache, filepath.Join(below, "link")) == nil {
		now := time.Now()
		return exe, os.Chtimes(filepath.Join(cache, below), now, now)
	}
	// The lock is ours, so a directory that is there was left by a gorun that was killed.
	left, err := filepath.Glob(filepath.Join(cache, below, "build*"))
	if err != nil {
		return "", err
	}
	for _, dir := range left {
		os.RemoveAll(dir)
	}
	dir, err := os.MkdirTemp(filepath.Join(cache, below), "build")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	overlay, err := writeOverlay(dir, t.GOROOT, sources, all)
	if err != nil {
		return "", err
	}
	if err := goBuild(ctx, t, overlay, filepath.Join(dir, "link")); err != nil {
		return "", err
	}
	if err := os.Rename(filepath.Join(dir, "link"), exe); err != nil {
		return "", err
	}
	removeUnused(filepath.Join(cache, cacheName))
	return exe, nil
}

// linkerKey identifies a linker: by the toolchain, its stock linker's content included, and by all that
// is inserted.
func linkerKey(t Toolchain, sources map[string][]byte) (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%q %s/%s\n", t.GOROOT, runtime.GOOS, runtime.GOARCH)
	stock, err := os.Open(t.Tool)
	if err != nil {
		return "", err
	}
	defer stock.Close()
	if _, err := io.Copy(h, stock); err != nil {
		return "", err
	}
	for _, f := range slices.Sorted(maps.Keys(sources)) {
		fmt.Fprintf(h, "%s %x\n", f, sha256.Sum256(sources[f]))
	}
	own, err := inserted.ReadDir("inserted")
	if err != nil {
		return "", err
	}
	for _, f := range own {
		text, err := inserted.ReadFile("inserted/" + f.Name())
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %x\n", f.Name(), sha256.Sum256(text))
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}

// writeOverlay writes the edited and the added files into dir, and the file for -overlay that says so.
func writeOverlay(dir, goroot string, sources map[string][]byte, all []edit) (string, error) {
	var overlay struct{ Replace map[string]string }
	overlay.Replace = make(map[string]string)
	write := func(file string, text []byte) error {
		to := filepath.Join(dir, fmt.Sprintf("%d.go", len(overlay.Replace)))
		overlay.Replace[filepath.Join(goroot, "src", filepath.FromSlash(file))] = to
		return os.WriteFile(to, text, 0o600)
	}
	for _, e := range all {
		if _, ok := sources[e.file]; !ok {
			return "", fmt.Errorf("%s is to be edited, and its content is not known", e.file)
		}
	}
	for file, src := range sources {
		text, err := apply(file, src, all)
		if err != nil {
			return "", err
		}
		if err := write(file, text); err != nil {
			return "", err
		}
	}
	for file, name := range addedFiles {
		text, err := inserted.ReadFile(name)
		if err != nil {
			return "", err
		}
		if err := write(file, text); err != nil {
			return "", err
		}
	}
	text, err := json.Marshal(overlay)
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "overlay.json")
	return name, os.WriteFile(name, text, 0o600)
}

// goBuild builds cmd/link as the distribution's own was built, without debug information.
func goBuild(ctx context.Context, t Toolchain, overlay, exe string) error {
	argv := []string{
		filepath.Join(t.GOROOT, "bin", "go"), "build", "-overlay=" + overlay, "-trimpath", "-ldflags=-s -w",
		"-o", exe, "cmd/link",
	}
	env := environ.Set(t.Env,
		"GOROOT="+t.GOROOT, "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH, "GOTOOLCHAIN=local", "GOENV=off", "GOFLAGS=",
		"GOWORK=off", "GOEXPERIMENT=", "GO111MODULE=on", "GOPROXY=off", "CGO_ENABLED=0")
	dir := filepath.Join(t.GOROOT, "src", "cmd")
	env = environ.Set(env, "PWD="+dir)
	r, err := gocmd.Tool{Argv: argv, Dir: dir, Env: gocmd.Tune(env), Priority: gocmd.Idle}.Run(ctx)
	if err == nil && r.Status != 0 {
		err = errors.New(string(r.Stderr))
	}
	if err != nil {
		return fmt.Errorf("building a linker: %w", err)
	}
	return nil
}

// removeUnused removes linkers that were not used for long.
func removeUnused(dir string) {
	list, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, d := range list {
		if info, err := d.Info(); err == nil && d.IsDir() && time.Since(info.ModTime()) > unusedFor {
			os.RemoveAll(filepath.Join(dir, d.Name()))
		}
	}
}
