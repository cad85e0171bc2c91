//go:build amd64 || arm64

package exec

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/gorun-dev/gorun/internal/longtest"
)

func init() {
	// confined PROGRAM ACTION:NUMBER... -- ARGS... becomes a program under a filter, as
	// in a container.
	helpers["confined"] = func(args []string) int {
		i := 1
		for args[i] != "--" {
			i++
		}
		if errno := filterCalls(args[1:i]); errno != 0 {
			fmt.Fprintln(os.Stderr, errno)
			return 1
		}
		err := syscall.Exec(args[0], append([]string{args[0]}, args[i+1:]...), os.Environ())
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
}

// dockersProfile is what Docker's default profile refuses without SYS_PTRACE, of what
// matters here.
var dockersProfile = []string{fmt.Sprint("1:", unix.SYS_PIDFD_GETFD), fmt.Sprint("1:", unix.SYS_KCMP)}

// All of this as an ordinary user, too.
func TestAsNobody(t *testing.T) {
	longtest.Skip(t) // the loads once more
	testElsewhere(t, nobody(t), nil, "TestSwapUnderLoad|TestOverlapSurvivesCrashes|TestDown|TestNoNewPrivileges|"+
		"TestGivenUp|TestUnused|TestProgramDials")
}

// And under Docker's default profile.
func TestUnderDockersProfile(t *testing.T) {
	longtest.Skip(t) // the loads twice more
	const tests = "TestSwapUnderLoad|TestOverlapSurvivesCrashes|TestDown|TestGivenUp|TestUnused|TestProgramDials|" +
		"TestAddressChanges|TestOptionsOfTheNewVersion|TestFewerListeners|TestDial|TestClientSocketIsNotHeld"
	t.Run("root", func(t *testing.T) {
		if os.Geteuid() != 0 {
			t.Skip("not root")
		}
		testElsewhere(t, nil, dockersProfile, tests)
	})
	t.Run("nobody", func(t *testing.T) { testElsewhere(t, nobody(t), dockersProfile, tests) })
}

func nobody(t *testing.T) *syscall.Credential {
	if os.Geteuid() != 0 {
		t.Skip("only root can become nobody; who is not root has tested it already")
	}
	return &syscall.Credential{Uid: 65534, Gid: 65534}
}

// testElsewhere runs tests of this package as somebody else, or under a filter.
func testElsewhere(t *testing.T, user *syscall.Credential, filter []string, tests string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "elsewhere")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	file := filepath.Join(dir, "test")
	if err := errors.Join(os.Chmod(dir, 0o755), os.WriteFile(file, b, 0o755)); err != nil {
		t.Fatal(err)
	}
	args := []string{"helper", "confined", file}
	args = append(append(args, filter...), "--", "-test.short", "-test.v", "-test.run="+tests,
		fmt.Sprintf("-own-sockets=%v", *ownSocketsFlag), fmt.Sprintf("-swaps=%d", longtest.Cases(2, *swapsFlag)))
	cmd := osexec.Command(file, args...)
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: user}
	out, err := cmd.CombinedOutput()
	skipped := bytes.Contains(out, []byte("--- SKIP"))
	ran := true
	for name := range strings.SplitSeq(tests, "|") {
		ran = ran && bytes.Contains(out, []byte("--- PASS: "+name))
	}
	if err != nil || skipped || !ran {
		t.Errorf("%v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, " swaps of ") {
			t.Log(strings.TrimSpace(line))
		}
	}
}
