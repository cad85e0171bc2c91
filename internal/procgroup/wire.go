//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package procgroup

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// What goes over the socket between Start and the keeper. A detached process gets a
// mission as well, with its files for listeners, and nothing else.
//
// First the mission: eight bytes of length with the three standard descriptors, that of a
// filter's listener, and the program's listeners attached (SCM_RIGHTS), then that many bytes,
// fields that end in NUL. Then orders one way and facts the other, a line each, fit to be read
// in a trace: "signal 15", "started 4711", "exited 3", "killed 11 core rest", "gone".
//
// Rejected: arguments and environment on the keeper's own command line and in
// its environment (every ps would show them, and GODEBUG or GOTRACEBACK meant
// for the program would act on the keeper), and the standard descriptors as
// the keeper's own (it would hold a pipe open that the program has closed).

// A mission is what a keeper must know to start its program.
type mission struct {
	path, dir     string
	args, env     []string
	shared        bool // in the process group of Start's caller, else in one of its own
	ignoresHangup bool // the program starts with SIGHUP ignored (nohup)
	priority      Priority
	filter        []byte // Filter.Code; a fourth descriptor is Filter.To
	listeners     string // their names with colons between; the last descriptors; "" for none
}

// wireVersion changes with every change of what is sent, a recorder's arguments
// included: off Linux, and for a detached process, the executable may have been
// replaced by another version since gorun started.
const wireVersion = "gorun-keeper-6"

var errMission = errors.New("gorun's keeper and gorun do not understand each other; was gorun's executable replaced while it ran?")

// maxFiles is the kernel's limit for one message (unix(7), SCM_RIGHTS).
const maxFiles = 253

// check refuses what execve could not be given.
func (m mission) check() error {
	for _, list := range [][]string{{m.path, m.dir, m.listeners}, m.args, m.env} {
		for _, s := range list {
			if strings.Contains(s, "\x00") {
				return fmt.Errorf("a NUL byte in %q", s)
			}
		}
	}
	return nil
}

func (m mission) encode() []byte {
	fields := []string{
		wireVersion, m.path, m.dir,
		strconv.FormatBool(m.shared), strconv.FormatBool(m.ignoresHangup), strconv.Itoa(int(m.priority)),
		hex.EncodeToString(m.filter), m.listeners,
		strconv.Itoa(len(m.args)),
	}
	fields = append(fields, m.args...)
	fields = append(fields, m.env...)
	return []byte(strings.Join(fields, "\x00") + "\x00")
}

func decodeMission(b []byte) (m mission, err error) {
	f := strings.Split(string(b), "\x00")
	f = f[:len(f)-1] // after the last NUL
	if len(f) < 9 || f[0] != wireVersion {
		return m, errMission
	}
	priority, err := strconv.ParseUint(f[5], 10, 8)
	if err != nil {
		return m, errMission
	}
	n, err := strconv.Atoi(f[8])
	if err != nil || n < 0 || len(f) < 9+n {
		return m, errMission
	}
	m = mission{path: f[1], dir: f[2], shared: f[3] == "true", ignoresHangup: f[4] == "true", priority: Priority(priority), listeners: f[7]}
	if f[6] != "" {
		if m.filter, err = hex.DecodeString(f[6]); err != nil {
			return m, errMission
		}
	}
	m.args, m.env = f[9:9+n:9+n], f[9+n:]
	return m, nil
}

// sendMission writes m to the socket conn, with the descriptors files.
func sendMission(conn *os.File, m mission, files []int) error {
	body := m.encode()
	var head [8]byte
	binary.BigEndian.PutUint64(head[:], uint64(len(body)))
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var sendErr error
	err = raw.Write(func(fd uintptr) bool {
		sendErr = unix.Sendmsg(int(fd), head[:], unix.UnixRights(files...), nil, 0)
		return sendErr != unix.EAGAIN
	})
	if err = errors.Join(err, sendErr); err != nil {
		return err
	}
	_, err = conn.Write(body)
	return err
}

// receiveMission reads what sendMission sent. The descriptors are closed on exec.
func receiveMission(ctl int) (m mission, files []int, err error) {
	var head [8]byte
	oob := make([]byte, unix.CmsgSpace(4*maxFiles))
	n, oobn, _, _, err := unix.Recvmsg(ctl, head[:], oob, 0)
	if err != nil || n == 0 {
		return m, files, io.EOF // the other side is gone before it wanted anything
	}
	msgs, err := unix.ParseSocketControlMessage(oob[:oobn])
	if err != nil || n != len(head) || len(msgs) != 1 {
		return m, files, errMission
	}
	files, err = unix.ParseUnixRights(&msgs[0])
	if err != nil || len(files) < 3 {
		return m, files, errMission
	}
	for _, fd := range files {
		unix.CloseOnExec(fd)
	}
	body := make([]byte, binary.BigEndian.Uint64(head[:]))
	if _, err := io.ReadFull(descriptor(ctl), body); err != nil {
		return m, files, io.EOF
	}
	m, err = decodeMission(body)
	want := 3 + countNames(m.listeners)
	if m.filter != nil {
		want++
	}
	if err == nil && len(files) != want {
		err = errMission
	}
	return m, files, err
}

// descriptor reads and writes a blocking descriptor without the runtime's
// poller, whose start would cost the keeper time.
type descriptor int

func (d descriptor) Read(b []byte) (int, error) {
	for {
		n, err := unix.Read(int(d), b)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 0, err
		case n == 0 && len(b) > 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

func (d descriptor) Write(b []byte) (int, error) {
	for written := 0; ; {
		n, err := unix.Write(int(d), b[written:])
		if err != nil && err != unix.EINTR {
			return written, err
		}
		if written += max(n, 0); written == len(b) {
			return written, nil
		}
	}
}

func (r request) String() string { return fmt.Sprintf("%s %d", r.verb, int(r.sig)) }

func parseOrder(line string) (r request, err error) {
	var sig int
	_, err = fmt.Sscanf(line, "%s %d", &r.verb, &sig)
	r.sig = syscall.Signal(sig)
	return r, err
}

func (f fact) String() string {
	switch f.kind {
	case factStarted:
		return fmt.Sprintf("started %d", f.pid)
	case factFailed:
		return fmt.Sprintf("failed %d", f.errno)
	case factEnded:
		s := fmt.Sprintf("exited %d", f.outcome.Code)
		if f.outcome.Signal != 0 {
			s = fmt.Sprintf("killed %d", int(f.outcome.Signal))
		}
		if f.outcome.Core {
			s += " core"
		}
		if f.rest {
			s += " rest"
		}
		return s
	}
	s := string(f.kind)
	for _, pid := range f.left {
		s += fmt.Sprintf(" %d", pid)
	}
	return s
}

func parseFact(line string) (f fact, err error) {
	words := strings.Fields(line)
	if len(words) == 0 {
		return f, errMission
	}
	var numbers []int
	for _, w := range words[1:] {
		switch w {
		case "core":
			f.outcome.Core = true
		case "rest":
			f.rest = true
		default:
			n, err := strconv.Atoi(w)
			if err != nil {
				return f, errMission
			}
			numbers = append(numbers, n)
		}
	}
	if words[0] == string(factGone) {
		f.kind, f.left = factGone, numbers
		return f, nil
	}
	if len(numbers) != 1 {
		return f, errMission
	}
	switch words[0] {
	case string(factStarted):
		f.kind, f.pid = factStarted, numbers[0]
	case string(factFailed):
		f.kind, f.errno = factFailed, numbers[0]
	case "exited":
		f.kind, f.outcome.Code = factEnded, numbers[0]
	case "killed":
		f.kind, f.outcome.Signal = factEnded, syscall.Signal(numbers[0])
	default:
		return f, errMission
	}
	return f, nil
}
