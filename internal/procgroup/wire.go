//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package procgroup

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"syscall"

	"github.com/gorun-dev/gorun/internal/fdpass"
	"github.com/gorun-dev/gorun/internal/priority"
)

// What goes over the socket between Start and the keeper.
//
// First the mission, a message of package fdpass: the descriptors are the three standard
// ones, that of a filter's listener, and the program's listeners. Then orders one way and
// facts the other, a line each, fit to be read in a trace: "signal 15", "started 4711",
// "exited 3", "killed 11 core rest", "killing", "left 4712",
// "gone".
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
	priority      priority.Level
	filter        []byte // Filter.Code; a fourth descriptor is Filter.To
	listeners     string // their names with colons between; the last descriptors; "" for none
}

// wireVersion changes with every change of what is sent: off Linux the executable may
// have been replaced by another version since gorun started.
const wireVersion = "gorun-keeper-9"

var errMission = errors.New(
	"gorun's keeper and gorun do not understand each other; was gorun's executable replaced while it ran?")

func (m mission) encode() []string {
	fields := []string{
		m.path, m.dir,
		strconv.FormatBool(m.shared), strconv.FormatBool(m.ignoresHangup), strconv.Itoa(int(m.priority)),
		hex.EncodeToString(m.filter), m.listeners,
		strconv.Itoa(len(m.args)),
	}
	fields = append(fields, m.args...)
	return append(fields, m.env...)
}

func decodeMission(f []string) (m mission, err error) {
	const fixed = 8 // fields before the arguments
	if len(f) < fixed {
		return m, errMission
	}
	level, err := strconv.ParseUint(f[4], 10, 8)
	if err != nil {
		return m, errMission
	}
	n, err := strconv.Atoi(f[7])
	if err != nil || n < 0 || len(f) < fixed+n {
		return m, errMission
	}
	m = mission{
		path: f[0], dir: f[1],
		shared: f[2] == "true", ignoresHangup: f[3] == "true", priority: priority.Level(level),
		listeners: f[6],
	}
	if f[5] != "" {
		if m.filter, err = hex.DecodeString(f[5]); err != nil {
			return m, errMission
		}
	}
	m.args, m.env = f[fixed:fixed+n:fixed+n], f[fixed+n:]
	return m, nil
}

// receiveMission reads what Start has sent. The descriptors are closed on exec.
func receiveMission(socket fdpass.Descriptor) (m mission, files []int, err error) {
	fields, files, err := fdpass.Receive(socket, wireVersion)
	if errors.Is(err, fdpass.ErrVersion) {
		return m, files, errMission
	} else if err != nil {
		return m, files, err
	}
	m, err = decodeMission(fields)
	want := 3 + countNames(m.listeners)
	if m.filter != nil {
		want++
	}
	if err == nil && len(files) != want {
		err = errMission
	}
	return m, files, err
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
	switch words[0] {
	case string(factGone), string(factLeft):
		f.kind, f.left = factKind(words[0]), numbers
		return f, nil
	case string(factKilling):
		f.kind = factKilling
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
