package procgroup

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// identify says how a process is called, and whose it is.
func identify(pid int) (name, user string) {
	dir := "/proc/" + strconv.Itoa(pid)
	var st unix.Stat_t
	if !procIsOurs() || unix.Stat(dir, &st) != nil {
		return "", "another user"
	}
	comm, _ := os.ReadFile(dir + "/comm")
	name = strings.TrimSuffix(string(comm), "\n")
	if st.Uid == 0 {
		return name, "root"
	}
	return name, "user " + strconv.FormatUint(uint64(st.Uid), 10)
}
