//go:build unix

package plainfile

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestRead(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.WriteFile(path("file"), []byte("text"), 0o666))
	must(os.Symlink("file", path("link")))
	must(os.Symlink("/dev/zero", path("zero")))
	must(syscall.Mkfifo(path("pipe"), 0o666))
	must(os.WriteFile(path("large"), nil, 0o666))
	must(os.Truncate(path("large"), Limit+1))
	must(os.WriteFile(path("limit"), nil, 0o666))
	must(os.Truncate(path("limit"), Limit))
	l, err := net.Listen("unix", path("socket"))
	must(err)
	defer l.Close()

	for _, tt := range []struct {
		name, text string // of the error; "" for none
		is         error
	}{
		{"file", "", nil},
		{"link", "", nil},
		{"limit", "", nil},
		{"absent", "no such file", fs.ErrNotExist},
		{".", "is a directory", syscall.EISDIR},
		{"pipe", "a pipe, not a regular file", ErrNotPlain},
		{"socket", "a socket, not a regular file", ErrNotPlain},
		{"zero", "a device, not a regular file", ErrNotPlain},
		{"large", "larger than 16 MiB", nil},
	} {
		data, err := Read(path(tt.name))
		var pathErr *fs.PathError
		switch {
		case tt.text == "" && err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case tt.text == "":
		case err == nil || !strings.Contains(err.Error(), tt.text) || tt.is != nil && !errors.Is(err, tt.is) ||
			!errors.As(err, &pathErr):
			t.Errorf("%s: %d bytes and the error %v, want one that says %q", tt.name, len(data), err, tt.text)
		}
	}
	if data, _ := Read(path("link")); string(data) != "text" {
		t.Errorf("the link's content is %q", data)
	}
}
