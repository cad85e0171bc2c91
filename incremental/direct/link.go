package direct

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gorun-dev/gorun/incremental/archive"
	"github.com/gorun-dev/gorun/incremental/recipe"
)

// linkID returns the build ID, of n bytes, of what a link makes. It follows from the key, that is
// from all that is linked, so profilers and symbol caches take no two programs for one. The GNU
// build ID is made of it by the linker (-B gobuildid).
func linkID(k Key, n int) string {
	return strings.Repeat(k.Hex(), n/len(k.Hex())+1)[:n]
}

// link runs the link of a plan in dir, a new and empty directory, and returns the path of the executable.
func link(ctx context.Context, run Runner, env []string, r *recipe.Recipe, dir string, l *Link) (string, error) {
	k := r.Link
	paths := make(map[string]string, len(l.Archives))
	for i, a := range l.Archives {
		paths[i] = a.Path
		if a.Patch {
			// The build ID in the archive stays as it is: a link does not read it.
			p := filepath.Join(dir, fmt.Sprintf("patched%d.a", len(paths)))
			if err := archive.WriteWithFingerprint(p, a.Path, a.Fingerprint); err != nil {
				return "", err
			}
			paths[i] = p
		}
	}
	var cfg strings.Builder
	for _, i := range k.Imports {
		fmt.Fprintf(&cfg, "packagefile %s=%s\n", i, paths[i])
	}
	for _, o := range k.Other {
		cfg.WriteString(o + "\n")
	}
	cfgFile := filepath.Join(dir, "importcfg.link")
	if err := os.WriteFile(cfgFile, []byte(cfg.String()), 0o666); err != nil {
		return "", err
	}
	// The name counts: os.Args[0], and what an external linker records.
	out := filepath.Join(dir, "exe", k.Name)
	if err := os.Mkdir(filepath.Dir(out), 0o777); err != nil {
		return "", err
	}
	argv := slices.Concat([]string{k.Tool, "-o", out, "-importcfg", cfgFile}, k.Args,
		[]string{"-buildid=" + linkID(l.Key, k.BuildID), paths[r.Main]})
	return out, runTool(ctx, run, argv, r.Dir, stepEnv(env, k.Env, r.Main), dir)
}
