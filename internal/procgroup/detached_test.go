//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package procgroup

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func init() {
	// start-detached is the helper of -exec.
	helpers["start-detached"] = func([]string) int {
		if err := StartDetached(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return 0
	}
	// detached tells descriptor 3 what it finds.
	helpers["detached"] = func(args []string) int {
		out := os.NewFile(3, "out")
		sid, _ := unix.Getsid(0)
		dir, _ := os.Getwd()
		_, err := os.Stdin.Read(make([]byte, 1))
		fmt.Fprintf(out, "%q, leader %v, in %s, %d bytes of V, role %q, standard input %v\n", args, sid == os.Getpid(), dir, len(os.Getenv("V")), os.Getenv(roleVariable), err)
		fmt.Fprintf(out, "child of %d\n", os.Getppid())
		return 0
	}
}

// prepared starts the helper for a new detached process and waits for its end.
func prepared(t *testing.T) *Detached {
	t.Helper()
	d, err := NewDetached()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	g := run(t, helper(t, "start-detached"), Spec{Plain: true, Stdin: d.Stdin})
	within(t, g.Done(), "the helper")
	if !g.Outcome().Success() {
		t.Fatalf("the helper: %v", g.Outcome())
	}
	return d
}

func TestDetached(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("V", strings.Repeat("v", 100<<10)) // no message of one piece
	out, lines := listen(t)
	d := prepared(t)
	if err := d.Become([]string{"helper", "detached", "a", ""}, out); err != nil {
		t.Fatal(err)
	}
	out.Close()
	got := lines.end()
	want := fmt.Sprintf(`["a" ""], leader true, in %s, %d bytes of V, role "", standard input EOF`, dir, len(os.Getenv("V")))
	if len(got) != 2 || got[0] != want || got[1] == fmt.Sprint("child of ", os.Getpid()) {
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
	d, err := NewDetached()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Become([]string{"helper", "detached"}); err == nil {
		t.Error("no error")
	}
}

func TestSurvivor(t *testing.T) {
	out, lines := listen(t)
	if err := StartSurvivor([]string{"helper", "detached", "b"}, out); err != nil {
		t.Fatal(err)
	}
	out.Close()
	got := lines.end()
	if len(got) != 2 || !strings.HasPrefix(got[0], `["b"], leader true, `) || got[1] != fmt.Sprint("child of ", os.Getpid()) {
		t.Errorf("%q", got)
	}
	eventually(t, "nobody waits for a survivor", func() bool {
		keepers.Lock()
		defer keepers.Unlock()
		reapOrphans()
		return len(keepers.orphans) == 0
	})
}
