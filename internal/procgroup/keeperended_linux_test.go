package procgroup

import (
	"fmt"
	osexec "os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func init() {
	helpers["scarce"] = func([]string) int {
		// Of the keeper: this process has what it needs.
		if err := unix.Setrlimit(unix.RLIMIT_AS, &unix.Rlimit{Cur: 32 << 20, Max: 32 << 20}); err != nil {
			fmt.Println(err)
			return 1
		}
		_, err := Start(Spec{Path: "/bin/true", Args: []string{"true"}})
		fmt.Println(err)
		return 0
	}
}

// A keeper that cannot run, for want of memory or processes, is not taken for one of another version.
func TestKeeperEndsAtOnce(t *testing.T) {
	argv := helper(t, "scarce")
	out, err := osexec.Command(argv[0], argv[1:]...).Output()
	if err != nil || !strings.Contains(string(out), "gorun's keeper: it ended at once (") ||
		strings.Contains(string(out), "replaced") {
		t.Errorf("%s%v", out, err)
	}
}
