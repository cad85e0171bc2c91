package watch

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gorun-dev/gorun/internal/stamp"
)

func limitError() error { return syscall.ENOSPC }

func TestLimitLine(t *testing.T) {
	now, err := os.ReadFile("/proc/sys/fs/inotify/max_user_watches")
	if err != nil {
		t.Skip(err)
	}
	line, ok := limitReached(&os.PathError{Op: "add", Path: "x", Err: syscall.ENOSPC})
	for _, want := range []string{"is " + strings.TrimSpace(string(now)), "sudo sysctl fs.inotify.max_user_watches="} {
		if !ok || !strings.Contains(line, want) {
			t.Errorf("limit(ENOSPC) = %q, want %q in it", line, want)
		}
	}
	if line, ok := limitReached(syscall.EMFILE); !ok ||
		!strings.Contains(line, "sudo sysctl fs.inotify.max_user_instances=") {
		t.Errorf("limit(EMFILE) = %q", line)
	}
	if line, ok := limitReached(syscall.EIO); ok {
		t.Errorf("limit(EIO) = %q", line)
	}
}

// What the heartbeat asks the kernel: is this directory watched?
func TestInotifyMarks(t *testing.T) {
	r := newRig(t, "notify", nil)
	other := r.mkdir(r.join("other"))
	r.watch(r.dir)
	marks := inotifyMarks()
	if marks == nil {
		t.Skip("no fdinfo")
	}
	if !marks[stamp.Stat(r.dir).Inode] {
		t.Skip("this file system's inodes are not the kernel's")
	}
	if marks[stamp.Stat(other).Inode] {
		t.Error("a directory that is not watched is listed")
	}
}

// notify does not say that a watch has gone: the heartbeat finds out.
func TestDeadNotify(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	b, err := openNotify(newRouter(newCollector(nil), func(string, ...any) {}))
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	if err := b.add(dir); err != nil {
		t.Fatal(err)
	}
	if dead := b.deadWatches([]string{dir}); len(dead) > 0 {
		t.Fatalf("dead = %q, just added", dead)
	}
	b.(*notifyBackend).end(dir) // without the watchlist
	if b.(*notifyBackend).listed[dir] == 0 {
		t.Skip("this file system's inodes are not the kernel's")
	}
	if dead := b.deadWatches([]string{dir}); len(dead) != 1 {
		t.Errorf("dead = %q, want %q", dead, dir)
	}
}

func TestMarkInode(t *testing.T) {
	for line, want := range map[string]uint64{
		"inotify wd:3 ino:9e7e sdev:800013 mask:800afce ignored_mask:0 " +
			"fhandle-bytes:8 fhandle-type:1 f_handle:7e9e0000640d1b6d\n": 0x9e7e,
		"inotify wd:1 ino:1 sdev:1\n": 1,
		"pos:	0\n":                    0,
		"inotify wd:1\n":              0,
	} {
		if got, ok := markInode(line); got != want || ok != (want != 0) {
			t.Errorf("markInode(%q) = %x, %v, want %x", line, got, ok, want)
		}
	}
}

// One directory under two real paths has one watch in the kernel, which knows one
// name: the router knows both.
func TestBindMount(t *testing.T) {
	for _, backend := range backends() {
		t.Run(backend, func(t *testing.T) {
			r := newRig(t, backend, nil)
			one, two := r.mkdir(r.join("one")), r.mkdir(r.join("two"))
			if err := syscall.Mount(one, two, "", syscall.MS_BIND, ""); err != nil {
				t.Skip(err)
			}
			t.Cleanup(func() { syscall.Unmount(two, syscall.MNT_DETACH) })
			r.watch(one, two)
			r.drainEchoes()
			r.write(r.join("one", "a.go"), "package a")
			r.path(r.join("two", "a.go"))
			r.alive(one)
			r.alive(two)
		})
	}
}
