//go:build unix

package tell

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
)

var system transport = unixSockets{}

// unixSockets is a socket of mode 0600 in a directory of mode 0700.
//
// A socket's path is limited to about a hundred bytes, a cache directory's is not: a
// longer one is reached through a descriptor of the directory (short_linux.go), or
// not at all where there is no such thing.
type unixSockets struct{}

func (unixSockets) ending() string { return ".sock" }

func (unixSockets) listen(dir, name string) (net.Listener, string, string, error) {
	base := name + "-" + rand.Text()[:6]
	path := filepath.Join(dir, base+".sock")
	// Under another name until it listens: who finds one that does not takes it
	// for one of a gorun that was killed.
	young := filepath.Join(dir, base+".new")
	short, release, err := shorten(young)
	if err != nil {
		return nil, "", "", err
	}
	defer release()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: short, Net: "unix"})
	if err != nil {
		return nil, "", "", fmt.Errorf("listening at %q: %w", young, err)
	}
	l.SetUnlinkOnClose(false) // it has another name by then
	if err = os.Chmod(young, 0o600); err == nil {
		err = os.Rename(young, path)
	}
	if err != nil {
		l.Close()
		os.Remove(young)
		return nil, "", "", err
	}
	return l, base + ".sock", "", nil
}

func (unixSockets) dial(dir, entry string) (net.Conn, string, error) {
	short, release, err := shorten(filepath.Join(dir, entry))
	if err != nil {
		return nil, "", err
	}
	defer release()
	// A gorun that hangs accepts nothing: its queue fills up, and connecting waits.
	d := net.Dialer{Timeout: patience}
	c, err := d.Dial("unix", short)
	if errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTSOCK) {
		return nil, "", errStale
	}
	return c, "", err
}
