package depgraph

import (
	"context"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gorun-dev/gorun/internal/environ"
	"github.com/gorun-dev/gorun/tagexpr"
)

// A Config is what the go command is asked with.
type Config struct {
	Dir        string   // where the go command runs, absolute, spelled as the user sees it (logical $PWD)
	Env        []string // its environment
	BuildFlags []string // build flags, each "-name=value" or "-name"; without -n, -x, -v, -a, -json, -work
	Patterns   []string // one package, or .go files

	// GoEnv is `go env -json` in Dir with Env. Load calls it each time, so that
	// a changed toolchain or `go env -w` is seen.
	GoEnv func(context.Context) (map[string]string, error)

	// Exclude reports whether no change of a file is to be acted on; nil if there is
	// no such file.
	Exclude func(path string) bool

	UnwatchedFiles bool // keep the names of the toolchain's and the module cache's files, for ListingInputs
}

// WithTags returns the configuration with other build tags.
func (cfg Config) WithTags(tags []string) Config {
	cfg.BuildFlags = append(slices.Clone(cfg.BuildFlags), "-tags="+strings.Join(tags, ","))
	return cfg
}

// settings is what flags, environment and `go env` decide, resolved once a load.
type settings struct {
	cfg       Config
	goenv     map[string]string
	flags     []string // those of GOFLAGS, then those of the command line: the last one of a name counts
	tags      *tagexpr.Context
	namedTags *tagexpr.Context // tags, for files named on the command line: those are in whatever they say
	overlay   *overlay
	goroot    []string // as spelled and with links resolved
	modcache  []string
}

func newSettings(cfg Config, goenv map[string]string) *settings {
	s := &settings{cfg: cfg, goenv: goenv}
	s.flags = append(splitFlags(goenv["GOFLAGS"]), cfg.BuildFlags...)
	s.tags = s.tagContext()
	named := *s.tags
	named.UseAllFiles = true
	s.namedTags = &named
	s.goroot = spellings(goenv["GOROOT"])
	s.modcache = spellings(goenv["GOMODCACHE"])
	if file, ok := s.flag("overlay"); ok && file != "" {
		s.overlay = readOverlay(s.abs(file), cfg.Dir)
	}
	return s
}

// excluded reports whether no change of a file is acted on.
func (s *settings) excluded(path string) bool {
	return s != nil && s.cfg.Exclude != nil && s.cfg.Exclude(path)
}

// flag returns the value of a build flag, "true" for a bare one.
func (s *settings) flag(name string) (value string, ok bool) {
	for _, f := range slices.Backward(s.flags) {
		f = "-" + strings.TrimLeft(f, "-")
		n, v, has := strings.Cut(f[1:], "=")
		if n == name {
			if !has {
				v = "true"
			}
			return v, true
		}
	}
	return "", false
}

func (s *settings) isSet(name string) bool {
	v, _ := s.flag(name)
	on, _ := strconv.ParseBool(v)
	return on
}

// getenv is a variable of the user's environment, not of `go env -w`.
func (s *settings) getenv(name string) string {
	return environ.Get(s.cfg.Env, name)
}

// abs makes a path of the command line absolute.
func (s *settings) abs(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(s.cfg.Dir, path)
}

// byFiles reports whether the program is given by files instead of a package.
func (s *settings) byFiles() bool {
	return len(s.cfg.Patterns) > 0 && strings.HasSuffix(s.cfg.Patterns[0], ".go")
}

// tagsFor returns the tags that decide whether a file is in its package.
func (s *settings) tagsFor(path string) *tagexpr.Context {
	if s.byFiles() && slices.ContainsFunc(s.cfg.Patterns, func(file string) bool { return s.abs(file) == path }) {
		return s.namedTags
	}
	return s.tags
}

// byDirectory reports whether the program is given by this directory. Its files are the
// user's own then, wherever they are: whoever works on the toolchain runs cmd/gofmt so.
func (s *settings) byDirectory(dir string) bool {
	if dir == "" || len(s.cfg.Patterns) != 1 || !local(s.cfg.Patterns[0]) {
		return false
	}
	given := s.abs(filepath.FromSlash(s.cfg.Patterns[0]))
	return given == dir || slices.Contains(spellings(given), dir)
}

// watched reports whether the files of a directory are the user's own: neither the
// toolchain's nor the module cache's, which never change under a version.
func (s *settings) watched(dir string) bool {
	return dir != "" && !s.inGoroot(dir) && !s.inModcache(dir)
}

func (s *settings) inGoroot(path string) bool   { return underAny(s.goroot, path) }
func (s *settings) inModcache(path string) bool { return underAny(s.modcache, path) }

func underAny(roots []string, path string) bool {
	return slices.ContainsFunc(roots, func(root string) bool { return under(root, path) })
}

// splitFlags splits GOFLAGS: words between spaces, each as a whole in quotes if
// it holds a space (cmd/internal/quoted). What is malformed, the go command refuses.
func splitFlags(list string) []string {
	var words []string
	for {
		list = strings.TrimLeft(list, " \t\n\r")
		if list == "" {
			return words
		}
		var word string
		if q := list[0]; q == '"' || q == '\'' {
			word, list, _ = strings.Cut(list[1:], string(q))
		} else if i := strings.IndexAny(list, " \t\n\r"); i >= 0 {
			word, list = list[:i], list[i:]
		} else {
			word, list = list, ""
		}
		words = append(words, word)
	}
}
