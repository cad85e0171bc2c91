//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package detached

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gorun-dev/gorun/internal/procgroup"
	"github.com/gorun-dev/gorun/internal/self"
)

// helpers are the programs of the tests: the test binary started as
// "test helper NAME ARGS...". Each returns its exit status.
var helpers = map[string]func(args []string) int{
	"start-waiting": startWaiting,
	"tell":          tell,
}

func TestMain(m *testing.M) {
	if status, ok := self.Play(os.Args, append(procgroup.Roles, Role)...); ok {
		os.Exit(status)
	}
	if len(os.Args) > 2 && os.Args[1] == "helper" {
		os.Exit(helpers[os.Args[2]](os.Args[3:]))
	}
	os.Setenv("GORACE", "atexit_sleep_ms=0") // or each helper waits for a second at its end
	os.Exit(m.Run())
}

// startWaiting is the child that starts the detached process.
func startWaiting([]string) int {
	if err := StartWaiting(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// tell tells descriptor 3 what it finds.
func tell(args []string) int {
	out := os.NewFile(3, "out")
	sid, _ := unix.Getsid(0)
	dir, _ := os.Getwd()
	_, err := os.Stdin.Read(make([]byte, 1))
	fmt.Fprintf(out, "%q, leader %v, in %s, %d bytes of V, role %q, standard input %v\n",
		args, sid == os.Getpid(), dir, len(os.Getenv("V")), os.Getenv(self.RoleVariable), err)
	fmt.Fprintf(out, "child of %d\n", os.Getppid())
	fmt.Fprintf(out, "process %d\n", os.Getpid())
	return 0
}

// patience is for what must happen, and always does unless the test fails.
const patience = 20 * time.Second

// allLines returns the function that reads all that is said into the returned pipe, until
// nobody holds it any more.
func allLines(t *testing.T) (*os.File, func() []string) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return w, func() (lines []string) {
		t.Helper()
		if err := r.SetReadDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		s := bufio.NewScanner(r)
		for s.Scan() {
			lines = append(lines, s.Text())
		}
		if err := s.Err(); err != nil && err != io.EOF {
			t.Fatalf("%v; lines: %q", err, lines)
		}
		return lines
	}
}

// prepared starts the helper for a new detached process and waits for its end.
func prepared(t *testing.T) *Process {
	t.Helper()
	d, err := Prepare()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	g, err := procgroup.Start(procgroup.Spec{
		Path: path, Args: []string{path, "helper", "start-waiting"}, Plain: true, Stdin: d.Stdin, Stderr: os.Stderr,
	})
	if err != nil {
		t.Fatal(err)
	}
	<-g.Done()
	if !g.Outcome().Success() {
		t.Fatalf("the helper: %v", g.Outcome())
	}
	return d
}

func TestDetached(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("V", strings.Repeat("v", 100<<10)) // no message of one piece
	out, lines := allLines(t)
	d := prepared(t)
	if err := d.Become([]string{"helper", "tell", "a", ""}, out); err != nil {
		t.Fatal(err)
	}
	out.Close()
	got := lines()
	want := fmt.Sprintf(`["a" ""], leader true, in %s, %d bytes of V, role "", standard input EOF`,
		dir, len(os.Getenv("V")))
	if len(got) != 3 || got[0] != want || got[1] == fmt.Sprint("child of ", os.Getpid()) {
		t.Errorf("%q, want %q and somebody else's child", got, want)
	}
}

// TestDetachedNotWanted: it waits, and ends with the one that does not say what it is
// to become.
func TestDetachedNotWanted(t *testing.T) {
	d := prepared(t)
	d.Stdin.Close()
	if err := d.conn.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if n, err := d.conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("read %d bytes, %v; want it to wait", n, err)
	}
	if err := d.conn.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Shutdown(int(d.conn.Fd()), unix.SHUT_WR); err != nil {
		t.Fatal(err)
	}
	if n, err := d.conn.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("read %d bytes, %v; want the end of file", n, err)
	}
}

// TestDetachedNeverStarted: nobody hears what it is to become.
func TestDetachedNeverStarted(t *testing.T) {
	d, err := Prepare()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Become([]string{"helper", "tell"}); err == nil {
		t.Error("no error")
	}
}

func TestSurvivor(t *testing.T) {
	out, lines := allLines(t)
	if err := StartSurvivor([]string{"helper", "tell", "b"}, out); err != nil {
		t.Fatal(err)
	}
	out.Close()
	got := lines()
	if len(got) != 3 || !strings.HasPrefix(got[0], `["b"], leader true, `) ||
		got[1] != fmt.Sprint("child of ", os.Getpid()) {
		t.Errorf("%q", got)
	}
	// Whoever starts the next one waits for this one.
	var pid int
	if _, err := fmt.Sscanf(got[2], "process %d", &pid); err != nil {
		t.Fatal(err)
	}
	nothing := errors.New("nothing is started")
	for end := time.Now().Add(patience); unix.Kill(pid, 0) != unix.ESRCH; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("nobody waits for the survivor %d, which has ended", pid)
		}
		if err := procgroup.StartSpared(func() (int, error) { return 0, nothing }); err != nothing {
			t.Fatal(err)
		}
	}
}

func TestCommand(t *testing.T) {
	for _, c := range []command{
		{dir: "/d q", args: []string{"gorun", "", "a\nb"}, env: []string{"A=", "B=b"}},
		{dir: "/d", args: []string{"gorun"}, env: []string{}},
	} {
		got, ok := decodeCommand(c.encode())
		if !ok || !reflect.DeepEqual(got, c) {
			t.Errorf("%+v, %v; want %+v", got, ok, c)
		}
	}
	for _, fields := range [][]string{nil, {"/d"}, {"/d", "x"}, {"/d", "-1"}, {"/d", "2", "a"}} {
		if got, ok := decodeCommand(fields); ok {
			t.Errorf("%q: %+v, want nothing", fields, got)
		}
	}
}
