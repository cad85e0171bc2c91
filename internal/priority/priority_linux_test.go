package priority

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// stayIdleVariable makes the test binary a process that stays idle.
const stayIdleVariable = "GORUN_TEST_STAY_IDLE"

// A whole process gets the lowest priority, and what it starts.
func TestStayIdle(t *testing.T) {
	if os.Getenv(stayIdleVariable) != "" {
		StayIdle()
		for range 4 { // threads of before and later ones
			go func() {
				time.Sleep(time.Millisecond)
				unix.Nanosleep(&unix.Timespec{Nsec: 20e6}, nil)
			}()
		}
		out, err := exec.Command("sh", "-c", "cut -d' ' -f19 /proc/self/stat /proc/$PPID/task/*/stat").Output()
		os.Stdout.Write(out)
		if err != nil {
			t.Error(err)
		}
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestStayIdle$")
	cmd.Env = append(os.Environ(), stayIdleVariable+"=1")
	cmd.SysProcAttr = &unix.SysProcAttr{Setsid: true}
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	n := 0
	for line := range strings.Lines(string(out)) {
		nice, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil {
			continue // the test binary's own words
		}
		if n++; nice != lowestNice {
			t.Errorf("nice %d, want %d", nice, lowestNice)
		}
	}
	if n < 3 {
		t.Errorf("%d processes and threads, want some:\n%s", n, out)
	}
}
