//go:build amd64 || arm64

package exec

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// What /proc says about a program (proc_pid_fd(5), proc_pid_fdinfo(5)) and what
// its memory holds.

// A socket is one of a program's descriptors.
type socket struct {
	fd    int
	inode uint64
}

// sockets lists a program's sockets; none if it has ended.
func sockets(pid int) (list []socket) {
	for fd, link := range descriptors(pid) {
		if s, ok := strings.CutPrefix(link, "socket:["); ok {
			if inode, err := strconv.ParseUint(strings.TrimSuffix(s, "]"), 10, 64); err == nil {
				list = append(list, socket{fd, inode})
			}
		}
	}
	return list
}

// descriptors calls yield with a program's descriptors and what they lead to.
func descriptors(pid int) func(yield func(int, string) bool) {
	return func(yield func(int, string) bool) {
		dir, err := os.Open(fmt.Sprintf("/proc/%d/fd", pid))
		if err != nil {
			return
		}
		defer dir.Close()
		names, _ := dir.Readdirnames(-1)
		buf := make([]byte, 64) // longer targets are files
		for _, name := range names {
			n, err := unix.Readlinkat(int(dir.Fd()), name, buf)
			fd, _ := strconv.Atoi(name)
			if err == nil && !yield(fd, string(buf[:n])) {
				return
			}
		}
	}
}

// closeOnExec returns O_CLOEXEC if that is set for a program's descriptor.
func closeOnExec(pid, fd int) uint32 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/fdinfo/%d", pid, fd))
	if err != nil {
		return unix.O_CLOEXEC
	}
	_, rest, _ := bytes.Cut(b, []byte("flags:"))
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	flags, err := strconv.ParseUint(string(bytes.TrimSpace(line)), 8, 32)
	if err != nil {
		return unix.O_CLOEXEC
	}
	return uint32(flags) & unix.O_CLOEXEC
}

// tgid returns the process that a thread belongs to.
func tgid(thread int) int {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", thread))
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(b, []byte("\nTgid:"))
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	pid, _ := strconv.Atoi(string(bytes.TrimSpace(line)))
	return pid
}

// readMemory reads a struct sockaddr out of a thread that waits.
func readMemory(thread int, address, length uint64) ([]byte, bool) {
	if length < 2 || length > unix.SizeofSockaddrAny {
		return nil, false
	}
	buf := make([]byte, length)
	local := []unix.Iovec{{Base: &buf[0], Len: length}}
	remote := []unix.RemoteIovec{{Base: uintptr(address), Len: int(length)}}
	n, err := unix.ProcessVMReadv(thread, local, remote, 0)
	return buf, err == nil && n == len(buf)
}

// allAsleep reports whether no thread of a program runs or is ready to run. It
// counts twice, so that no thread can have woken another and gone to sleep unseen in
// between.
func allAsleep(pid int) bool {
	first, ok := sleepCounts(pid)
	if !ok {
		return false
	}
	second, ok := sleepCounts(pid)
	return ok && maps.Equal(first, second)
}

// sleepCounts returns how often each thread of a program has gone to sleep, if all do.
func sleepCounts(pid int) (map[string]string, bool) {
	dir := fmt.Sprintf("/proc/%d/task", pid)
	threads, err := os.ReadDir(dir)
	if err != nil {
		return nil, false
	}
	count := make(map[string]string)
	for _, thread := range threads {
		b, err := os.ReadFile(dir + "/" + thread.Name() + "/status")
		if err != nil || bytes.Contains(b, []byte("\nState:\tR")) {
			return nil, false
		}
		_, switches, _ := bytes.Cut(b, []byte("\nvoluntary_ctxt_switches:"))
		count[thread.Name()] = string(switches) // the involuntary ones, too
	}
	return count, true
}

// An epollEntry is one socket in one epoll set of a program.
type epollEntry struct {
	epoll, fd int
	inode     uint64
	event     unix.EpollEvent // what the program waits for
}

// epollEntries lists what a program's epoll sets hold. The lines of fdinfo are
// "tfd: 5 events: 8000201d data: 7f… pos:0 ino:1a2b sdev:8"; ino since 4.12.
func epollEntries(pid int) (list []epollEntry) {
	for epoll, link := range descriptors(pid) {
		if link != "anon_inode:[eventpoll]" {
			continue
		}
		list = append(list, epollEntriesOf(pid, epoll)...)
	}
	return list
}

// epollEntriesOf lists what one epoll set holds.
func epollEntriesOf(pid, epoll int) (list []epollEntry) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/fdinfo/%d", pid, epoll))
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(b)) {
		w := epollEntry{epoll: epoll, fd: -1}
		words := strings.Fields(line)
		for i, word := range words {
			if word == "tfd:" && i+1 < len(words) {
				if fd, err := strconv.Atoi(words[i+1]); err == nil {
					w.fd = fd
				}
			} else if word == "events:" && i+1 < len(words) {
				events, _ := strconv.ParseUint(words[i+1], 16, 32)
				w.event.Events = uint32(events)
			} else if word == "data:" && i+1 < len(words) {
				data, _ := strconv.ParseUint(words[i+1], 16, 64)
				w.event.Fd, w.event.Pad = int32(uint32(data)), int32(uint32(data>>32))
			} else if ino, ok := strings.CutPrefix(word, "ino:"); ok {
				w.inode, _ = strconv.ParseUint(ino, 16, 64)
			}
		}
		if w.fd >= 0 && w.inode != 0 {
			list = append(list, w)
		}
	}
	return list
}
