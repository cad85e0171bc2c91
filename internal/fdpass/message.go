//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package fdpass

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// MaxDescriptors is the kernel's limit for one message (unix(7), SCM_RIGHTS).
const MaxDescriptors = 253

// ErrVersion says that what was received is not what this version of gorun sends.
var ErrVersion = errors.New("a message of another version of gorun")

// Check refuses fields that could not be told apart on the other side. None of them
// could be given to execve either.
func Check(fields []string) error {
	for _, s := range fields {
		if strings.Contains(s, "\x00") {
			return fmt.Errorf("a NUL byte in %q", s)
		}
	}
	return nil
}

// Send writes a message to the socket conn.
func Send(conn *os.File, version string, fields []string, descriptors []int) error {
	body := encode(version, fields)
	var head [8]byte
	binary.BigEndian.PutUint64(head[:], uint64(len(body)))
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var sendErr error
	err = raw.Write(func(fd uintptr) bool {
		sendErr = unix.Sendmsg(int(fd), head[:], unix.UnixRights(descriptors...), nil, 0)
		return sendErr != unix.EAGAIN
	})
	if err = errors.Join(err, sendErr); err != nil {
		return err
	}
	_, err = conn.Write(body)
	return err
}

// Receive reads from a blocking socket what Send wrote. The descriptors are closed on
// exec. The error is io.EOF if the sender is gone, and ErrVersion if it has sent
// something else.
func Receive(socket Descriptor, version string) (fields []string, descriptors []int, err error) {
	var head [8]byte
	oob := make([]byte, unix.CmsgSpace(4*MaxDescriptors))
	n, oobn, _, _, err := unix.Recvmsg(int(socket), head[:], oob, 0)
	if err != nil || n == 0 {
		return nil, nil, io.EOF // the other side is gone before it wanted anything
	}
	msgs, err := unix.ParseSocketControlMessage(oob[:oobn])
	if err != nil || n != len(head) || len(msgs) != 1 {
		return nil, nil, ErrVersion
	}
	descriptors, err = unix.ParseUnixRights(&msgs[0])
	if err != nil {
		return nil, nil, ErrVersion
	}
	for _, fd := range descriptors {
		unix.CloseOnExec(fd)
	}
	body := make([]byte, binary.BigEndian.Uint64(head[:]))
	if _, err := io.ReadFull(socket, body); err != nil {
		return nil, descriptors, io.EOF
	}
	fields, err = decode(version, body)
	return fields, descriptors, err
}

func encode(version string, fields []string) []byte {
	var b []byte
	for _, s := range append([]string{version}, fields...) {
		b = append(append(b, s...), 0)
	}
	return b
}

func decode(version string, body []byte) (fields []string, err error) {
	rest, ok := strings.CutPrefix(string(body), version+"\x00")
	if !ok || rest != "" && !strings.HasSuffix(rest, "\x00") {
		return nil, ErrVersion
	}
	fields = strings.Split(rest, "\x00")
	return fields[:len(fields)-1], nil // nothing stands behind the last NUL
}
