//go:build amd64 || arm64

package exec

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// The descriptors of a program that serves are the same sockets here, however many
// there are, and the program goes on as before.
func TestFetchDescriptors(t *testing.T) {
	address := freePort(t, "tcp4", "127.0.0.1")
	r := newRig(t, func(int) []string { return []string{address} })
	r.replace()
	awaitListener(t, address)
	c, stop := staying.run(address)
	for range 600 { // more than one message takes
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
	}
	pid := r.program.Pid()
	eventually(t, "all connections", func() bool { return len(sockets(pid)) > 600 })
	for range 50 {
		numbers := make(map[int]uint64)
		var list []int
		for _, s := range sockets(pid) {
			numbers[s.fd] = s.inode
			list = append(list, s.fd)
		}
		got, err := fetchDescriptors(pid, list)
		if err != nil {
			t.Fatal(err)
		}
		same := 0
		for number, fd := range got {
			var st unix.Stat_t
			if unix.Fstat(fd, &st) == nil && st.Ino == numbers[number] {
				same++
			}
			unix.Close(fd)
		}
		if len(got) != len(list) || same < 600 {
			t.Fatalf("%d of %d descriptors, %d the same", len(got), len(list), same)
		}
	}
	was := c.ok.Load()
	eventually(t, "answers", func() bool { return c.ok.Load() > was+1000 || c.bad() > 0 })
	stop()
	if c.bad() > 0 {
		t.Errorf("clients of a program that was stopped for a moment: %v", c)
	}
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil || !strings.Contains(string(maps), "TracerPid:\t0") {
		t.Errorf("the program is still traced: %v", err)
	}
}

// A number that is not open fails and leaves the program alone; so does a program that
// has ended.
func TestFetchFails(t *testing.T) {
	address := freePort(t, "tcp4", "127.0.0.1")
	r := newRig(t, func(int) []string { return []string{address} })
	r.replace()
	awaitListener(t, address)
	for range 20 {
		if got, err := fetchDescriptors(r.program.Pid(), []int{1, 999}); err == nil {
			t.Fatalf("got %v", got)
		}
	}
	if got, err := get(address); err != nil || !strings.HasPrefix(got, "200") {
		t.Errorf("%q, %v", got, err)
	}
	r.program.Kill()
	within(t, r.program.Done(), "a kill")
	if got, err := fetchDescriptors(r.program.Pid(), []int{1}); err == nil {
		t.Errorf("got %v", got)
	}
}

// A program that sleeps in a system call finds it as it was: the kernel repeats it.
func TestFetchRepeatsSystemCalls(t *testing.T) {
	r := newRig(t, nil)
	out, lines := listen(t)
	in, typed := pipe(t)
	script := `echo ready; read line; echo "$line"; sleep 0.3; echo slept`
	p := start(t, script, Spec{Stdin: in, Stdout: out, Ports: r.ports})
	out.Close()
	lines.expect("ready")
	for i := range 40 {
		if i == 20 {
			fmt.Fprintln(typed, "hello")
			lines.expect("hello")
		}
		fds, err := fetchDescriptors(p.Pid(), []int{0})
		if err != nil {
			t.Fatal(err)
		}
		for _, fd := range fds {
			unix.Close(fd)
		}
	}
	lines.expect("slept")
	within(t, p.Done(), "the end")
	if p.Outcome().Code != 0 {
		t.Error(p.Outcome())
	}
}
