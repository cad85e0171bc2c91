package procgroup

import (
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// byDefaultVariable makes the test binary a process that ends by default.
const byDefaultVariable = "GORUN_TEST_BY_DEFAULT"

func TestEndByDefault(t *testing.T) {
	if os.Getenv(byDefaultVariable) != "" {
		signal.Ignore(unix.SIGHUP)
		signal.Notify(make(chan os.Signal, 1), unix.SIGTERM)
		endByDefault()
		status, _ := os.ReadFile("/proc/self/status")
		os.Stdout.Write(status)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestEndByDefault$")
	cmd.Env = append(os.Environ(), byDefaultVariable+"=1")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	masks := map[string]uint64{}
	for line := range strings.Lines(string(out)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.HasPrefix(name, "Sig") {
			masks[name], _ = strconv.ParseUint(strings.TrimSpace(value), 16, 64)
		}
	}
	for _, sig := range []unix.Signal{unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGUSR1, unix.SIGUSR2} {
		if bit := uint64(1) << (sig - 1); (masks["SigCgt"]|masks["SigIgn"])&bit != 0 {
			t.Errorf("%v does not do what it does by default", sig)
		}
	}
	if masks["SigIgn"]&(1<<(unix.SIGHUP-1)) == 0 {
		t.Error("SIGHUP is not ignored any more")
	}
	if masks["SigCgt"] == 0 {
		t.Error("no signal is caught: not this process's status")
	}
}
