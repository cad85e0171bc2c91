//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package procgroup

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gorun-dev/gorun/internal/self"
)

// helpers are the programs of the tests: the test binary started as
// "test helper NAME ARGS...". Each returns its exit status.
var helpers = map[string]func(args []string) int{}

func TestMain(m *testing.M) {
	if status, ok := self.Play(os.Args, Roles...); ok {
		os.Exit(status)
	}
	if len(os.Args) > 2 && os.Args[1] == "helper" {
		os.Exit(helpers[os.Args[2]](os.Args[3:]))
	}
	os.Setenv("GORACE", "atexit_sleep_ms=0") // or each helper waits for a second at its end
	os.Exit(m.Run())
}

// testBinary is the test binary, as long as the test runs.
func testBinary(t testing.TB) string {
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// helper is the argv of a helper.
func helper(t testing.TB, name string, args ...string) []string {
	return append([]string{testBinary(t), "helper", name}, args...)
}

// sh is the argv of a shell script.
func sh(script string, args ...string) []string {
	return append([]string{"/bin/sh", "-c", script, "sh"}, args...)
}

// patience is for what must happen, and always does unless the test fails.
const patience = 20 * time.Second

// within fails the test if c is not closed in time.
func within[T any](t testing.TB, c <-chan T, what string) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(patience):
		t.Fatalf("%s: still waiting after %v", what, patience)
	}
}

// eventually waits until f is true.
func eventually(t testing.TB, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !f(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: still not after %v", what, patience)
		}
	}
}

// A listener reads the end of a pipe of which a family of processes holds the
// other: its lines, and its end when the last of them is gone.
type listener struct {
	t     testing.TB
	lines chan string // closed at the end of file
}

// listen returns the write end of a new pipe, to be given to a program, and
// the listener to it. The test closes the write end when that is done.
func listen(t testing.TB) (*os.File, *listener) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return w, listenTo(t, r)
}

func listenTo(t testing.TB, r io.Reader) *listener {
	l := &listener{t, make(chan string, 1000)}
	go func() {
		defer close(l.lines)
		for s := bufio.NewScanner(r); s.Scan(); {
			l.lines <- strings.TrimRight(s.Text(), "\r")
		}
	}()
	return l
}

// line waits for the next line.
func (l *listener) line() string {
	l.t.Helper()
	select {
	case s, ok := <-l.lines:
		if !ok {
			l.t.Fatal("end of file, where a line was expected")
		}
		return s
	case <-time.After(patience):
		l.t.Fatalf("no line in %v", patience)
	}
	return ""
}

// expect waits for a line, skipping others.
func (l *listener) expect(want string) {
	l.t.Helper()
	var got []string
	for end := time.After(patience); ; {
		select {
		case s, ok := <-l.lines:
			if !ok {
				l.t.Fatalf("end of file before %q; lines: %q", want, got)
			}
			if s == want {
				return
			}
			got = append(got, s)
		case <-end:
			l.t.Fatalf("no line %q in %v; lines: %q", want, patience, got)
		}
	}
}

// end waits until nobody holds the other end, and returns what was said.
func (l *listener) end() (rest []string) {
	l.t.Helper()
	for end := time.After(patience); ; {
		select {
		case s, ok := <-l.lines:
			if !ok {
				return rest
			}
			rest = append(rest, s)
		case <-end:
			l.t.Fatalf("somebody still holds the pipe after %v; lines: %q", patience, rest)
		}
	}
}

// run starts argv with spec's other fields and fails the test if it does not.
func run(t testing.TB, argv []string, spec Spec) *Group {
	t.Helper()
	spec.Path, spec.Args = argv[0], argv
	if spec.Stderr == nil {
		spec.Stderr = os.Stderr
	}
	g, err := Start(spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		g.Kill()
		within(t, g.Done(), "a kill")
	})
	return g
}

// debug is a Spec.Debug that collects; it is read after Done.
type debug []string

func (d *debug) line(format string, args ...any) { *d = append(*d, fmt.Sprintf(format, args...)) }
