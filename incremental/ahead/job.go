package ahead

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/gorun-dev/gorun/incremental/archive"
	"github.com/gorun-dev/gorun/internal/environ"
)

// A Job is one link.
type Job struct {
	Tool     string   // the stock linker
	Args     []string // all flags, less -o, -importcfg and -buildid
	Env      []string // the whole environment
	Dir      string   // where it runs
	Name     string   // base name of the executable
	BuildID  string
	Main     string             // import path of the main package
	Imports  []string           // import paths of all packages, in the order of the importcfg
	Other    []string           // other lines of the importcfg
	Archives map[string]Archive // by import path

	// Hot are the packages whose archives may differ in the next job.
	Hot []string
	// Proof is an executable that the stock linker made of this very job; "" where there is none.
	Proof string
}

// An Archive is what is linked of a package.
type Archive struct {
	Path string
	// Identity tells archives apart.
	Identity string
	// Patch says that the archive is linked with Fingerprint in place of its own.
	Patch       bool
	Fingerprint archive.Fingerprint
}

// same reports whether two archives are linked alike.
func (a Archive) same(b Archive) bool {
	return a.Identity == b.Identity && a.Patch == b.Patch && a.Fingerprint == b.Fingerprint
}

// flags are those of a link that the tests have used. Any other one may do something that a link ahead
// does too early, or not at all.
var flags = []string{"s", "w", "X", "buildmode", "extld", "extldflags", "linkmode"}

// Refused says why there can be no link ahead for a job; "" if there can.
func (j *Job) Refused() string {
	if !knownSystem() {
		return "not on " + runtime.GOOS + "/" + runtime.GOARCH
	}
	if os, arch := environ.Get(j.Env, "GOOS"), environ.Get(j.Env, "GOARCH"); os != runtime.GOOS || arch != runtime.GOARCH {
		return "not for " + os + "/" + arch
	}
	if e := environ.Get(j.Env, "GOEXPERIMENT"); e != "" {
		return "GOEXPERIMENT is " + e
	}
	stripped := map[string]bool{}
	for i := 0; i < len(j.Args); i++ {
		name, value, hasValue := strings.Cut(strings.TrimLeft(j.Args[i], "-"), "=")
		switch {
		case !strings.HasPrefix(j.Args[i], "-"), !slices.Contains(flags, name):
			return "a link with " + j.Args[i]
		case name == "buildmode" && value != "exe":
			return "not with -buildmode=" + value
		case name == "s" || name == "w":
			if hasValue {
				return "a link with " + j.Args[i]
			}
			stripped[name] = true
		case !hasValue:
			i++ // the value is a word of its own
		}
	}
	if !stripped["s"] || !stripped["w"] {
		return "not with debug information"
	}
	return ""
}

// kind identifies what all jobs of a program under the same flags have in common.
func (j *Job) kind() string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %q %q %q %q %q %q\n", j.Tool, j.Args, j.Env, j.Dir, j.Name, j.Main, j.Imports, j.Other)
	return string(h.Sum(nil))
}

// cold identifies what a job reads that is not hot.
func (j *Job) cold(hot []string) string {
	h := sha256.New()
	for _, path := range j.Imports {
		if !slices.Contains(hot, path) {
			a := j.Archives[path]
			fmt.Fprintf(h, "%q %q %v %x\n", path, a.Identity, a.Patch, a.Fingerprint)
		}
	}
	return string(h.Sum(nil))
}

// size is that of all archives.
func (j *Job) size() (n int64) {
	for _, a := range j.Archives {
		if info, err := os.Stat(a.Path); err == nil {
			n += info.Size()
		}
	}
	return n
}

// file returns the path of an archive as it is linked, which may be a file that it writes into dir.
func (a Archive) file(dir, name string) (string, error) {
	if !a.Patch {
		return a.Path, nil
	}
	path := filepath.Join(dir, name+".a")
	return path, archive.WriteWithFingerprint(path, a.Path, a.Fingerprint)
}

// files returns the archives of some packages as they are linked.
func (j *Job) files(dir, prefix string, of []string) (map[string]string, error) {
	paths := make(map[string]string, len(of))
	for i, p := range of {
		a, ok := j.Archives[p]
		if !ok {
			return nil, fmt.Errorf("package %q has no archive", p)
		}
		var err error
		if paths[p], err = a.file(dir, fmt.Sprintf("%s%d", prefix, i)); err != nil {
			return nil, err
		}
	}
	return paths, nil
}

// command writes what the link reads into dir, an empty directory, and returns its command line and
// environment for a linker, and where it puts the executable.
func (j *Job) command(linker, dir string) (argv, env []string, exe string, err error) {
	paths, err := j.files(dir, "early", slices.Sorted(maps.Keys(j.Archives)))
	if err != nil {
		return nil, nil, "", err
	}
	var cfg strings.Builder
	for _, i := range j.Imports {
		fmt.Fprintf(&cfg, "packagefile %s=%s\n", i, paths[i])
	}
	for _, o := range j.Other {
		cfg.WriteString(o + "\n")
	}
	cfgFile := filepath.Join(dir, "importcfg.link")
	if err := os.WriteFile(cfgFile, []byte(cfg.String()), 0o600); err != nil {
		return nil, nil, "", err
	}
	exe, tmp := filepath.Join(dir, "exe", j.Name), filepath.Join(dir, "tmp")
	for _, d := range []string{filepath.Dir(exe), tmp} {
		if err := os.Mkdir(d, 0o700); err != nil {
			return nil, nil, "", err
		}
	}
	argv = slices.Concat([]string{linker, "-o", exe, "-importcfg", cfgFile}, j.Args,
		[]string{"-buildid=" + j.BuildID, paths[j.Main]})
	// The work directory of an external link goes with dir, whatever becomes of the linker.
	env = environ.Set(j.Env, "TMPDIR="+tmp, "PWD="+j.Dir)
	return argv, env, exe, nil
}
