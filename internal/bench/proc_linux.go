package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tree returns a process and its descendants, but not those for which skip is
// true nor what these have started.
func tree(root int, skip func(pid int) bool) []int {
	children := make(map[int][]int)
	names, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range names {
		f := statFields(name)
		if len(f) < 2 {
			continue // has ended
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		parent, _ := strconv.Atoi(f[1])
		children[parent] = append(children[parent], pid)
	}
	list := []int{root}
	for i := 0; i < len(list); i++ {
		for _, pid := range children[list[i]] {
			if skip == nil || !skip(pid) {
				list = append(list, pid)
			}
		}
	}
	return list
}

// statFields returns what stands in /proc/PID/stat from the state on.
func statFields(name string) []string {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil
	}
	return strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
}

// cpuOf is the processor time of a process's threads, in nanoseconds where the
// kernel tells (proc(5), schedstat).
func cpuOf(pid int) time.Duration {
	var sum time.Duration
	names, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		first, _, _ := strings.Cut(string(data), " ")
		ns, _ := strconv.ParseInt(first, 10, 64)
		sum += time.Duration(ns)
	}
	return sum
}

// familyCPU is the processor time of a tool: of its process, what descends from it,
// and what has no parent any more, which falls to the keeper that started the
// tool (internal/procgroup). It grows when one of them does something; that of
// processes which have ended counts with the parents that waited for them.
func familyCPU(pid int) (time.Duration, bool) {
	f := statFields(fmt.Sprintf("/proc/%d/stat", pid))
	if len(f) < 2 {
		return 0, true // has ended
	}
	keeper, _ := strconv.Atoi(f[1])
	var sum time.Duration
	for _, pid := range tree(keeper, nil) {
		sum += cpuOf(pid) + reaped(pid)
	}
	return sum, true
}

// reaped is the processor time of a process's ended children, in ticks of 10 ms.
func reaped(pid int) time.Duration {
	f := statFields(fmt.Sprintf("/proc/%d/stat", pid))
	if len(f) < 15 {
		return 0
	}
	u, _ := strconv.Atoi(f[13])
	s, _ := strconv.Atoi(f[14])
	return time.Duration(u+s) * 10 * time.Millisecond
}

// rss is a process's resident memory in bytes.
func rss(pid int) int64 {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(data)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "VmRSS:" {
			kib, _ := strconv.ParseInt(f[1], 10, 64)
			return kib << 10
		}
	}
	return 0
}

// watches counts a process's inotify watches.
// linker reports whether a process is a linker. Of one that nobody waits for gorun keeps the next link.
func linker(pid int) bool {
	exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	return err == nil && filepath.Base(exe) == "link"
}

func watches(pid int) int {
	n := 0
	names, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fdinfo/*", pid))
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		n += bytes.Count(data, []byte("inotify wd:"))
	}
	return n
}

// machine names the processor and the kernel.
func machine() (cpu, kernel string) {
	data, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(data)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			cpu = strings.TrimSpace(value)
			break
		}
	}
	release, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return cpu, "Linux " + strings.TrimSpace(string(release))
}

// alive reports whether a process runs; one that has ended and that nobody has
// waited for does not.
func alive(pid int) bool {
	f := statFields(fmt.Sprintf("/proc/%d/stat", pid))
	return len(f) > 0 && f[0] != "Z" && f[0] != "X"
}

// ownCPU is the processor time of this process.
func ownCPU() time.Duration { return cpuOf(os.Getpid()) }
