//go:build unix

package e2etest

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"github.com/gorun-dev/gorun/internal/proctest"
)

// liveEdits are changes after which the program is another one, most of them built directly.
var liveEdits = []func(r *startRig, rnd *rand.Rand) string{
	func(r *startRig, _ *rand.Rand) string {
		r.write("m/lib/lib.go", r.reword("m/lib/lib.go"))
		return "a body"
	},
	func(r *startRig, rnd *rand.Rand) string {
		text := r.reword("m/lib/lib.go")
		at := strings.LastIndex(text, "func init() {") + len("func init() {")
		r.write("m/lib/lib.go", text[:at]+strings.Repeat("\n", 1+rnd.IntN(3))+text[at:])
		return "lines"
	},
	func(r *startRig, _ *rand.Rand) string {
		n := r.next()
		r.write("m/lib/lib.go", r.reword("m/lib/lib.go")+
			"\nfunc f"+n+"() { defer func() { recover() }() }\n\nfunc init() { f"+n+"() }\n")
		return "a function"
	},
	func(r *startRig, _ *rand.Rand) string {
		r.write("m/static/a.txt", r.reword("m/static/a.txt"))
		return "an embedded file"
	},
	func(r *startRig, _ *rand.Rand) string {
		r.write("dep/dep.go", r.reword("dep/dep.go"))
		return "a constant of a dependency"
	},
	func(r *startRig, _ *rand.Rand) string {
		r.write("m/lib/lib.go", strings.Replace(r.reword("m/lib/lib.go"), "package lib\n", "package lib\n\nimport _ \"os\"\n", 1))
		return "an import"
	},
}

// live begins a live session, whose program must be that of go run from the first line on, has it edited a few
// times, and ends it at a moment of its choice.
func (r *startRig) live(rnd *rand.Rand, what string) {
	r.t.Helper()
	goRun := func() string {
		args := slices.Concat([]string{"run"}, r.flags, r.args)
		if r.args == nil {
			args = append(args, ".")
		}
		out, own, ok := r.run(r.command("go", args...))
		if !ok {
			r.t.Fatalf("%s: go run fails:\n%s%s", what, out, own)
		}
		return out
	}
	want := goRun()
	args := slices.Concat([]string{"-watch"}, r.flags, r.args)
	if r.args == nil {
		args = append(args, ".")
	}
	cmd := r.command(r.gorun, args...)
	j := r.begin(cmd)
	fail := func(of string) {
		cmd.Process.Kill()
		<-j.done
		r.t.Fatalf("%s: %s: go run prints\n%s\nthe live session\n%s", what, of, want, both(j))
	}
	says := func(re string) {
		pattern := regexp.MustCompile(re)
		if !proctest.Eventually(func() bool { return pattern.MatchString(j.err.String()) }, j.done) {
			fail("it does not say " + re)
		}
	}
	// Nothing else may come first.
	if !proctest.Eventually(func() bool { return len(j.out.String()) >= len(want) }, j.done) || j.out.String() != want {
		fail("the start")
	}
	for range rnd.IntN(4) {
		if rnd.IntN(3) > 0 {
			says(`plan: (the direct way (is prepared|of an earlier gorun is restored)|no direct way)`)
		}
		of := liveEdits[rnd.IntN(len(liveEdits))](r, rnd)
		what += ", " + of
		want = goRun()
		if !proctest.Eventually(func() bool { return strings.HasSuffix(j.out.String(), want) }, j.done) {
			fail(of)
		}
	}
	switch rnd.IntN(4) {
	case 0:
		says(`plan: (the session is saved|the session is not saved|no direct way|no named set)`)
	case 1:
		n := strings.Count(j.err.String(), "plan: direct (content changed)")
		if n > 0 && strings.Contains(j.err.String(), " direct, swapped in") {
			proctest.Eventually(func() bool { return strings.Contains(j.err.String(), "verified in") }, j.done)
		}
	}
	if rnd.IntN(4) == 0 {
		cmd.Process.Kill()
	} else {
		cmd.Process.Signal(syscall.SIGTERM)
	}
	<-j.done
	r.t.Logf("%s: live:\n%s", what, j.err.String())
	r.liveHits += strings.Count(j.err.String(), "start: nothing changed")
	r.liveDirect += strings.Count(j.err.String(), " direct, swapped in")
	if strings.Contains(j.err.String(), "a direct build was wrong") || strings.Contains(j.err.String(), "was not what") {
		r.t.Errorf("%s: a mismatch:\n%s", what, j.err.String())
	}
}
