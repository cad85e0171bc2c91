package oracle

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gorun-dev/gorun/incremental/direct"
	"github.com/gorun-dev/gorun/incremental/equal"
)

// The ways of an edit that are neither direct nor the go command's.
const (
	doesNotCompile = "does not compile"
	wrong          = "wrong"
)

// compare builds both ways and says which way the direct one went.
func (o *oracle) compare(ctx context.Context, r *rand.Rand) (way string, err error) {
	start := time.Now()
	out, derr := (*direct.Outcome)(nil), error(&direct.Refusal{Reason: "it could not be prepared"})
	if o.direct != nil {
		out, derr = o.direct.Build(ctx)
	}
	took := time.Since(start)
	start = time.Now()
	exe, stderr, gerr := o.goRun(ctx)
	goTook := time.Since(start)
	defer func() { o.report.took(way, took, goTook) }()
	if _, ok := errors.AsType[*direct.Refusal](derr); derr != nil && !ok {
		return "failed", derr
	}
	switch {
	case gerr != nil && derr == nil:
		return wrong, fmt.Errorf("go run fails where the direct way built: %s", stderr)
	case gerr != nil:
		return doesNotCompile, nil
	case derr != nil:
		// As gorun would: a new recipe after go build.
		return "go build: " + reason(derr), o.ready(ctx)
	}
	if len(out.Twins) == 0 {
		return wayOf(out), same(out.Executable, exe)
	}
	ok, err := equal.ButForLines(out.Executable, exe)
	if err != nil {
		return wrong, err
	}
	if !ok {
		return wrong, fmt.Errorf("%s and %s differ in more than lines: %s",
			out.Executable, exe, equal.DescribeButLines(out.Executable, exe))
	}
	if err := o.runBoth(ctx, out.Executable, exe, true); err != nil {
		return wrong, err
	}
	way = wayOf(out)
	if o.verifyEvery > 0 && r.IntN(o.verifyEvery) == 0 {
		return way + "; prepared again", o.prepareAgain(ctx, exe)
	}
	return way, nil
}

// prepareAgain prepares the direct way again, as gorun does some time after a twin, and compares
// with only build IDs left out.
func (o *oracle) prepareAgain(ctx context.Context, exe string) error {
	if err := o.ready(ctx); err != nil || o.direct == nil {
		return err
	}
	out, err := o.direct.Build(ctx)
	if err != nil {
		return fmt.Errorf("prepared again: %w", err)
	}
	if err := same(out.Executable, exe); err != nil {
		return fmt.Errorf("prepared again: %w", err)
	}
	o.report.way("prepared again")
	return o.runBoth(ctx, out.Executable, exe, false)
}

func same(a, b string) error {
	ok, err := equal.Program(a, b)
	if err == nil && !ok {
		err = fmt.Errorf("%s and %s differ in: %s", a, b, equal.Describe(a, b))
	}
	return err
}

func wayOf(out *direct.Outcome) string {
	way := "direct: "
	if len(out.Twins) > 0 {
		way = "twin: "
	}
	switch n := len(out.Compiled); {
	case !out.Linked:
		return fmt.Sprintf("%snothing linked, %d compiled", way, min(n, 2))
	case n > 1:
		return way + "importers compiled"
	default:
		return fmt.Sprintf("%s%d compiled", way, n)
	}
}

// goRun returns the executable that go run makes.
func (o *oracle) goRun(ctx context.Context) (exe string, stderr []byte, err error) {
	exe = filepath.Join(o.work, "oracle.exe")
	if err := os.Remove(exe); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", nil, err
	}
	argv := slices.Concat([]string{"go", "run", "-exec", o.self}, o.flags, o.target)
	if o.named {
		argv = slices.Insert(argv, 2, direct.NamedFlag)
	}
	_, stderr, err = runner(ctx, argv, o.dir, append(os.Environ(), helperEnv+"="+exe))
	if err != nil {
		return "", stderr, err
	}
	return exe, nil, uncache(o.gocache, exe)
}
