package direct

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gorun-dev/gorun/incremental/recipe"
	"github.com/gorun-dev/gorun/internal/environ"
)

// A Runner runs a command to its end and returns what it wrote. A command that has ended with a
// status other than 0 is an error. When ctx is done the command is stopped and waited for.
type Runner func(ctx context.Context, argv []string, dir string, env []string) (stdout, stderr []byte, err error)

// buildID returns the build ID, of n bytes, of an archive. It is always the same one: nothing reads
// it, and the same compile gives the same bytes. That of an executable is linkID.
func buildID(n int) string {
	return (strings.Repeat("gorun", n/len("gorun")+1))[:n]
}

// importcfg returns the importcfg for a compile of s against the given archives
// (cmd/compile/internal/base, -importcfg).
func importcfg(s *recipe.Step, archives map[string]string) []byte {
	var b strings.Builder
	b.WriteString("# import config\n")
	for _, l := range s.ImportMap {
		b.WriteString(l + "\n")
	}
	for _, i := range s.Imports {
		fmt.Fprintf(&b, "packagefile %s=%s\n", i, archives[i])
	}
	return []byte(b.String())
}

// compile runs one compile of a plan in dir, a new and empty directory, and returns the path of
// the archive. laid gives, for a twin, the path to read in place of each file that was laid
// out.
func compile(
	ctx context.Context, run Runner, env []string, workDir, dir string, c Compile, laid map[string]string,
) (string, error) {
	s := c.Step
	out, cfg := filepath.Join(dir, "_pkg_.a"), filepath.Join(dir, "importcfg")
	if err := os.WriteFile(cfg, importcfg(s, c.Imports), 0o666); err != nil {
		return "", err
	}
	argv := []string{s.Tool, "-o", out, "-buildid", buildID(s.BuildID), "-importcfg", cfg}
	if s.Embed != nil {
		embed := filepath.Join(dir, "embedcfg")
		if err := os.WriteFile(embed, s.Embed, 0o666); err != nil {
			return "", err
		}
		argv = append(argv, "-embedcfg", embed)
	}
	if s.Jobs > 0 {
		argv = append(argv, fmt.Sprintf("-c=%d", s.Jobs))
	}
	for i, a := range s.Args {
		if i > 0 && s.Args[i-1] == "-trimpath" {
			a = twinRewrites(a, laid) + strings.Replace(a, recipe.Objdir, dir, 1)
		}
		argv = append(argv, a)
	}
	for _, f := range s.Files {
		if l, ok := laid[f]; ok {
			f = l
		}
		argv = append(argv, f)
	}
	return out, runTool(ctx, run, argv, workDir, stepEnv(env, s.Env, s.ImportPath), dir)
}

// stepEnv returns the environment of the tool of a step, which sets some variables for it. None is there
// twice: the first one would count for a Go program (os.Getenv), so GOROOT would not be unset for -trimpath.
func stepEnv(env, step []string, importPath string) []string {
	return environ.Set(env, append(slices.Clone(step), "TOOLEXEC_IMPORTPATH="+importPath)...)
}

// twinRewrites returns what to put in front of a -trimpath value, so that the compiler records
// each laid out file under the name of the file that it stands for
// (cmd/internal/objabi.ApplyRewrites: the first rule that fits counts).
func twinRewrites(trimpath string, laid map[string]string) string {
	var b strings.Builder
	for f, l := range laid {
		name := f
		for rule := range strings.SplitSeq(trimpath, ";") {
			from, to, ok := strings.Cut(rule, "=>")
			rest, found := strings.CutPrefix(f, from)
			if ok && found && from != "" && strings.HasPrefix(rest, string(filepath.Separator)) {
				name = to + filepath.ToSlash(rest)
				break
			}
		}
		fmt.Fprintf(&b, "%s=>%s;", l, name)
	}
	return b.String()
}

// A toolError is a tool that failed, or that succeeded and printed something. Its words are never
// shown: the go command is run instead and prints its own.
type toolError struct {
	tool string
	text []byte
	err  error // nil when the tool succeeded
}

func (e *toolError) Error() string {
	if e.err == nil {
		return e.tool + " has something to say"
	}
	return fmt.Sprintf("%s: %v", e.tool, e.err)
}

func (e *toolError) Unwrap() error { return e.err }

// argLimit is the length of a command line from which on its arguments go into a file, as the go
// command does it (sys.ExecArgLengthLimit and the limit of Windows, less some room).
const argLimit = 30 << 10

// runTool runs a tool of the Go distribution. scratch is a directory for its response file.
func runTool(ctx context.Context, run Runner, argv []string, dir string, env []string, scratch string) error {
	n := 0
	for _, a := range argv {
		n += len(a) + 1
	}
	if n > argLimit {
		// The tools read arguments from @file, one a line (cmd/internal/objabi.expandArgs).
		var b strings.Builder
		for _, a := range argv[1:] {
			b.WriteString(strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(a) + "\n")
		}
		file := filepath.Join(scratch, "args")
		if err := os.WriteFile(file, []byte(b.String()), 0o666); err != nil {
			return err
		}
		argv = []string{argv[0], "@" + file}
	}
	stdout, stderr, err := run(ctx, argv, dir, environ.Set(env, "PWD="+dir))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if text := append(stdout, stderr...); err != nil || len(text) > 0 {
		return &toolError{tool: filepath.Base(argv[0]), text: text, err: err}
	}
	return nil
}
