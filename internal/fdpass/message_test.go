//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package fdpass

import (
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// pair returns the sender's and the receiver's end of a socket.
func pair(t *testing.T) (*os.File, Descriptor) {
	t.Helper()
	mine, its, err := Socketpair()
	if err != nil {
		t.Fatal(err)
	}
	conn := os.NewFile(uintptr(mine), "socket")
	t.Cleanup(func() {
		conn.Close()
		unix.Close(its)
	})
	return conn, Descriptor(its)
}

func TestMessage(t *testing.T) {
	long := strings.Repeat("x", 300<<10) // more than a socket's buffer
	for _, fields := range [][]string{{}, {""}, {"a", "", "b\nc", "\xff"}, {"", ""}, {long, "end"}} {
		conn, socket := pair(t)
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		sent := make(chan error, 1)
		go func() { sent <- Send(conn, "version 1", fields, []int{int(r.Fd()), int(w.Fd())}) }()
		got, descriptors, err := Receive(socket, "version 1")
		if err := errors.Join(err, <-sent); err != nil {
			t.Fatal(err)
		}
		r.Close()
		w.Close()
		if !slices.Equal(got, fields) || len(descriptors) != 2 {
			t.Fatalf("%d fields, descriptors %v; want %d fields", len(got), descriptors, len(fields))
		}
		// They are the pipe's ends, in order.
		if _, err := Descriptor(descriptors[1]).Write([]byte("through")); err != nil {
			t.Fatal(err)
		}
		unix.Close(descriptors[1])
		through, err := io.ReadAll(Descriptor(descriptors[0]))
		if err != nil || string(through) != "through" {
			t.Errorf("%q, %v", through, err)
		}
		unix.Close(descriptors[0])
	}
}

func TestReceiveErrors(t *testing.T) {
	conn, socket := pair(t)
	if err := Send(conn, "version 1", []string{"a"}, []int{0}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Receive(socket, "version 2"); err != ErrVersion {
		t.Errorf("another version: %v", err)
	}
	conn, socket = pair(t)
	if _, err := conn.Write([]byte("no message, and no descriptors")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Receive(socket, "version 1"); err != ErrVersion {
		t.Errorf("something else: %v", err)
	}
	conn, socket = pair(t)
	conn.Close()
	if _, _, err := Receive(socket, "version 1"); err != io.EOF {
		t.Errorf("a sender that is gone: %v", err)
	}
}

func TestCheck(t *testing.T) {
	if err := Check([]string{"a", "", "b\nc"}); err != nil {
		t.Error(err)
	}
	if err := Check([]string{"a", "b\x00c"}); err == nil {
		t.Error("a NUL byte: no error")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("v\x00a\x00b\x00"))
	f.Add([]byte("v\x00"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		fields, err := decode("v", b)
		if err != nil {
			return
		}
		if got := encode("v", fields); string(got) != string(b) {
			t.Errorf("decoded %q from %q", fields, b)
		}
	})
}
