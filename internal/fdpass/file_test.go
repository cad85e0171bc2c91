//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package fdpass

import (
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestFile(t *testing.T) {
	long := strings.Repeat("x", 300<<10)
	for _, fields := range [][]string{{}, {""}, {"a", "", "b\nc", "\xff"}, {long, "end"}} {
		fd, err := WriteFile("version 1", fields)
		if err != nil {
			t.Fatal(err)
		}
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
			t.Errorf("flags %d, %v; it is not closed on exec", flags, err)
		}
		got, err := ReadFile(fd, "version 1")
		if err != nil || !slices.Equal(got, fields) {
			t.Errorf("%d fields, %v; want %d", len(got), err, len(fields))
		}
		if err := unix.Close(fd); err == nil {
			t.Error("ReadFile has not closed the file")
		}
	}
	fd, err := WriteFile("version 1", []string{"a"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFile(fd, "version 2"); err != ErrVersion {
		t.Errorf("another version: %v", err)
	}
	if _, err := WriteFile("version 1", []string{"a\x00b"}); err == nil {
		t.Error("a field with NUL was written")
	}
}

// Where there are no files in memory, one is made and its name removed.
func TestRemovedFile(t *testing.T) {
	dir := t.TempDir()
	fd, err := removedFile(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Descriptor(fd).Write([]byte("x")); err != nil {
		t.Error(err)
	}
	unix.Close(fd)
	if entries, _ := os.ReadDir(dir); len(entries) > 0 {
		t.Errorf("%v is left", entries)
	}
}
