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
	const listen = "0A" // TCP_LISTEN
	return addresses(pid, listen, "tcp", "tcp6")
}

// receiving is the same for UDP.
func receiving(pid int) []string {
	const unconnected = "07" // TCP_CLOSE
	return addresses(pid, unconnected, "udp", "udp6")
}

// addresses are those of the sockets in a state that a process, and what it has started, has open,
// sorted. The names are of files in /proc/net.
func addresses(pid int, state string, names ...string) []string {
	mine := familySockets(pid)
	var list []string
	for e := range socketEntries(pid, names...) {
		if e.state == state && mine[e.inode] {
			if a, ok := procAddress(e.local); ok {
				list = append(list, a)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// familySockets are the inodes of the sockets that a process, and what it has started, has open.
func familySockets(pid int) map[string]bool {
	inodes := make(map[string]bool)
	for _, p := range family(pid) {
		fds, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", p))
		for _, fd := range fds {
			to, _ := os.Readlink(fd)
			if inode, ok := strings.CutPrefix(to, "socket:["); ok {
				inodes[strings.TrimSuffix(inode, "]")] = true
			}
		}
	}
	return inodes
}

// unixNames are the names of the unix sockets that a process, and what it has started, has bound.
func unixNames(pid int) []string {
	mine := familySockets(pid)
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/net/unix", pid))
	var names []string
	for line := range strings.Lines(string(data)) {
		// Num RefCount Protocol Flags Type St Inode Path
		if fields := strings.Fields(line); len(fields) > 7 && mine[fields[6]] {
			_, name, _ := strings.Cut(line, " "+fields[6]+" ")
			names = append(names, strings.TrimSuffix(name, "\n"))
		}
	}
	return names
}

// A socketEntry is a line of /proc/net/tcp, or of a file like it: a socket of a network namespace.
type socketEntry struct{ local, remote, state, inode string }

// tcpEntries calls yield with the TCP sockets of a process's network namespace.
func tcpEntries(pid int) func(yield func(socketEntry) bool) { return socketEntries(pid, "tcp", "tcp6") }

func socketEntries(pid int, names ...string) func(yield func(socketEntry) bool) {
	return func(yield func(socketEntry) bool) {
		for _, name := range names {
			f, err := os.Open(fmt.Sprintf("/proc/%d/net/%s", pid, name))
			if err != nil {
				continue
			}
			for lines := bufio.NewScanner(f); lines.Scan(); {
				fields := strings.Fields(lines.Text())
				if len(fields) > 9 && !yield(socketEntry{fields[1], fields[2], fields[3], fields[9]}) {
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
