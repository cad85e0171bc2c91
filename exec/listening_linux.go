package exec

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// FindsListeners says whether Listening can tell.
const FindsListeners = true

// Listening returns the TCP addresses that a process, and what it has started,
// listens on, sorted, as far as this user may read that (proc(5): fd, net/tcp, children).
func Listening(pid int) []string {
	sockets := make(map[string]bool) // "socket:[inode]"
	for _, p := range family(pid) {
		fds, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", p))
		for _, fd := range fds {
			if to, err := os.Readlink(fd); err == nil && strings.HasPrefix(to, "socket:[") {
				sockets[to] = true
			}
		}
	}
	var list []string
	for e := range tcpEntries(pid) {
		const listen = "0A" // TCP_LISTEN
		if e.state == listen && sockets["socket:["+e.inode+"]"] {
			if a, ok := procAddress(e.local); ok {
				list = append(list, a)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// A tcpEntry is a line of /proc/net/tcp: a socket of a network namespace.
type tcpEntry struct{ local, remote, state, inode string }

// tcpEntries calls yield with the TCP sockets of a process's network namespace.
func tcpEntries(pid int) func(yield func(tcpEntry) bool) {
	return func(yield func(tcpEntry) bool) {
		for _, name := range []string{"tcp", "tcp6"} {
			f, err := os.Open(fmt.Sprintf("/proc/%d/net/%s", pid, name))
			if err != nil {
				continue
			}
			for lines := bufio.NewScanner(f); lines.Scan(); {
				fields := strings.Fields(lines.Text())
				if len(fields) > 9 && !yield(tcpEntry{fields[1], fields[2], fields[3], fields[9]}) {
					f.Close()
					return
				}
			}
			f.Close()
		}
	}
}

// family is a process and what it has started, and so on.
func family(pid int) []int {
	all := []int{pid}
	for i := 0; i < len(all); i++ {
		files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", all[i]))
		for _, file := range files {
			data, _ := os.ReadFile(file)
			for word := range strings.FieldsSeq(string(data)) {
				if child, err := strconv.Atoi(word); err == nil && !slices.Contains(all, child) {
					all = append(all, child)
				}
			}
		}
	}
	return all
}

// procAddress reads an address of /proc/net/tcp: the IP address as 32-bit words in
// the machine's byte order, which is little-endian on all that are meant here, and
// the port.
func procAddress(s string) (string, bool) {
	ip, port, _ := strings.Cut(s, ":")
	raw, err := hex.DecodeString(ip)
	n, errPort := strconv.ParseUint(port, 16, 16)
	if err != nil || errPort != nil || len(raw)%4 != 0 {
		return "", false
	}
	for i := 0; i < len(raw); i += 4 {
		slices.Reverse(raw[i : i+4])
	}
	addr, ok := netip.AddrFromSlice(raw)
	return netip.AddrPortFrom(addr.Unmap(), uint16(n)).String(), ok
}
