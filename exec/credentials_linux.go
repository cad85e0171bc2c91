//go:build amd64 || arm64

package exec

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// The rights of a program's thread. A kept listener was bound by a version before,
// perhaps one with more rights; it is handed only to a thread that the kernel would
// let bind the port itself.

// mayBind reports whether a thread may bind a port (ip(7), CAP_NET_BIND_SERVICE).
func mayBind(thread int, port uint16) bool {
	return int(port) >= unprivilegedPorts() || hasCapability(thread, unix.CAP_NET_BIND_SERVICE)
}

// unprivilegedPorts returns the first port that everybody may bind.
func unprivilegedPorts() int {
	b, err := os.ReadFile("/proc/sys/net/ipv4/ip_unprivileged_port_start")
	if n, nerr := strconv.Atoi(strings.TrimSpace(string(b))); err == nil && nerr == nil {
		return n
	}
	return 1024
}

// hasCapability reports whether a thread has a capability where gorun is at home:
// those of a user namespace of its own do not count outside.
func hasCapability(thread, capability int) bool {
	own, err := os.Readlink("/proc/self/ns/user")
	its, terr := os.Readlink(fmt.Sprintf("/proc/%d/ns/user", thread))
	if err != nil || terr != nil || own != its {
		return false
	}
	set, err := strconv.ParseUint(statusField(thread, "CapEff"), 16, 64)
	return err == nil && set&(1<<capability) != 0
}

// statusField returns one line of a thread's status (proc_pid_status(5)), "" if
// there is none.
func statusField(thread int, name string) string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", thread))
	if err != nil {
		return ""
	}
	_, rest, _ := bytes.Cut(b, []byte("\n"+name+":"))
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	return string(bytes.TrimSpace(line))
}
