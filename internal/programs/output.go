package programs

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/internal/config"
	"github.com/gorun-dev/gorun/internal/pty"
	"golang.org/x/term"
)

// What programs print comes out in whole lines, each with the name of its program before it:
// two programs that print at once would else mix their words.
//
// Rejected: passing parts of lines on after a while, for prompts. Whoever asks something reads
// standard input, and one program at most does.

const (
	// lineLimit is how much of a line is waited for; what is longer comes in parts.
	lineLimit = 64 << 10

	// logLimit is how many lines of a program are kept for -tell logs: some screens.
	logLimit = 200

	// lastLines is how long gorun's end waits for lines of programs that have ended: they
	// are in a pipe already.
	lastLines = time.Second
)

// An Output writes what the programs print.
type Output struct {
	Stdout, Stderr io.Writer
	Terminal       bool                     // both are a terminal: programs get one each, and no orders reach it but colours
	Colored        bool                     // names have colours
	Visible        func(line []byte) []byte // what of a line a terminal may get
	InUse          func(name, port string)  // a program says that a port is taken; nil if nobody wants to know

	width     int
	mu        sync.Mutex // one line at a time
	names     []string
	terminals terminals
}

// NewOutput returns an Output to standard output and standard error. Names have colours where these are a
// terminal, and colored says so.
func NewOutput(colored bool, visible func([]byte) []byte, inUse func(name, port string)) *Output {
	terminal := term.IsTerminal(int(os.Stdout.Fd())) && term.IsTerminal(int(os.Stderr.Fd()))
	return &Output{
		Stdout: os.Stdout, Stderr: os.Stderr, Terminal: terminal, Colored: terminal && colored,
		Visible: visible, InUse: inUse,
	}
}

// Lines returns the output of each program, with their names aligned. stdin goes to the one that says so.
func (o *Output) Lines(list []config.Program, stdin *Stdin) map[string]*Lines {
	var names []string
	for _, p := range list {
		names = append(names, p.Name)
	}
	o.Names(names)
	lines := make(map[string]*Lines)
	for _, p := range list {
		if p.Stdin {
			lines[p.Name] = o.Of(p.Name, stdin)
		} else {
			lines[p.Name] = o.Of(p.Name, nil)
		}
	}
	return lines
}

// Names says which programs there will be, so that their names are aligned.
func (o *Output) Names(names []string) {
	o.names = names
	for _, name := range names {
		o.width = max(o.width, len(name))
	}
}

// colors are those of names, one after the other: the six that are readable on black and white.
var colors = []string{"36", "33", "32", "35", "34", "31"}

func (o *Output) prefix(name string) string {
	text := fmt.Sprintf("%*s │ ", o.width, name)
	if i := slices.Index(o.names, name); o.Colored && i >= 0 {
		return "\x1b[" + colors[i%len(colors)] + "m" + text + "\x1b[0m"
	}
	return text
}

// Of returns the output of one program. It is used from one start of the program to the next.
func (o *Output) Of(name string, stdin *Stdin) *Lines {
	return &Lines{o: o, name: name, prefix: o.prefix(name), stdin: stdin, more: make(chan struct{})}
}

// Lines are what one program prints.
type Lines struct {
	o      *Output
	name   string
	prefix string
	stdin  *Stdin // nil: the null device
	copied sync.WaitGroup

	mu     sync.Mutex
	log    []string      // the last lines; under mu
	number int           // of the last one
	more   chan struct{} // closed when there is another one; under mu
}

// Streams are those of one process.
type Streams struct {
	Stdin, Stdout, Stderr *os.File
	ends                  []*os.File // the process's, until it is started
	terminal              *terminal  // of its own; nil: none
}

// Started closes gorun's copies of what is the process's alone. A program that could not be started is nil.
func (s *Streams) Started(p *exec.Program) {
	for _, f := range s.ends {
		f.Close()
	}
	if s.terminal != nil && p != nil {
		s.terminal.startedOn(p)
	}
}

// Open returns streams for a process. report gets each line that it prints, too, errors each one on
// standard error, or where that cannot be told apart, every one; both may be nil.
func (l *Lines) Open(report, errors func(line []byte)) (*Streams, error) {
	s := &Streams{}
	if l.o.Terminal {
		if err := l.openTerminal(s, both(report, errors)); err == nil {
			return s, nil
		} // a system without, or with no terminal left
	}
	for _, to := range []struct {
		file   **os.File
		w      io.Writer
		report func([]byte)
	}{{&s.Stdout, l.o.Stdout, report}, {&s.Stderr, l.o.Stderr, both(report, errors)}} {
		r, w, err := os.Pipe()
		if err != nil {
			s.Started(nil)
			return nil, fmt.Errorf("making a pipe for what %s prints: %w", l.name, err)
		}
		*to.file = w
		s.ends = append(s.ends, w)
		l.copy(r, to.w, to.report)
	}
	return s, l.stdin.open(s)
}

// Redirect returns a spec whose program prints to the lines; nil leaves it as it is. started is to be called
// with the program when it was started, or with nil when it could not be.
func (l *Lines) Redirect(spec exec.Spec) (to exec.Spec, started func(*exec.Program), err error) {
	if l == nil {
		return spec, func(*exec.Program) {}, nil
	}
	streams, err := l.Open(spec.Lines, spec.ErrorLines)
	if err != nil {
		return spec, nil, err
	}
	spec.Lines, spec.ErrorLines = nil, nil
	spec.Stdin, spec.Stdout, spec.Stderr, spec.Apart = streams.Stdin, streams.Stdout, streams.Stderr, true
	return spec, streams.Started, nil
}

// both returns who hands a line to two, each of which may be nil.
func both(a, b func([]byte)) func([]byte) {
	if a == nil || b == nil {
		if a == nil {
			return b
		}
		return a
	}
	return func(line []byte) {
		a(line)
		b(line)
	}
}

// terminalSize is that of a terminal of a program's own: a line of it is as wide as gorun's, together with the name.
func (o *Output) terminalSize() pty.Size {
	f, ok := o.Stdout.(*os.File)
	if !ok {
		return pty.Size{}
	}
	size, _ := pty.SizeOf(f)
	return size.Less(o.width + len(" | "))
}

// openTerminal gives a process a terminal of its own.
func (l *Lines) openTerminal(s *Streams, report func(line []byte)) error {
	master, slave, err := pty.Open(l.o.terminalSize())
	if err != nil {
		return err
	}
	s.terminal = l.o.terminals.add(master, l.o.terminalSize)
	s.Stdout, s.Stderr = slave, slave
	s.ends = append(s.ends, slave)
	if l.stdin != nil {
		s.Stdin = slave
		l.stdin.to(master)
	}
	l.copy(master, l.o.Stdout, report)
	return nil
}

// copy prints what comes, line by line, until nobody has the other end any more.
func (l *Lines) copy(from *os.File, to io.Writer, report func(line []byte)) {
	l.copied.Go(func() {
		defer from.Close()
		defer l.o.terminals.remove(from)
		defer l.stdin.from(from)
		var part []byte
		buf := make([]byte, 32<<10)
		for {
			n, err := from.Read(buf)
			for rest := buf[:n]; len(rest) > 0; {
				line, after, whole := bytes.Cut(rest, []byte("\n"))
				part, rest = append(part, line...), after
				for len(part) > lineLimit {
					l.print(to, part[:lineLimit], report)
					part = part[lineLimit:]
				}
				if whole {
					l.print(to, part, report)
					part = part[:0]
				}
			}
			if err != nil {
				if len(part) > 0 {
					l.print(to, part, report)
				}
				return
			}
		}
	})
}

// portTaken returns the port that a program says is another one's; "" if the line says no such
// thing. Go's net, nginx and Python name it before these words, Node after them.
func portTaken(line []byte) string {
	before, after, found := bytes.Cut(line, []byte("ddress already in use"))
	if !found {
		return ""
	}
	if all := portNumber.FindAllSubmatch(before, -1); all != nil {
		return string(all[len(all)-1][1])
	}
	if m := portNumber.FindSubmatch(after); m != nil {
		return string(m[1])
	}
	return ""
}

var portNumber = regexp.MustCompile(`:([1-9][0-9]{0,4})\b`)

// print prints one line.
func (l *Lines) print(to io.Writer, line []byte, report func(line []byte)) {
	line = bytes.TrimRight(line, "\r")
	if report != nil {
		report(line)
	}
	if i := bytes.LastIndexByte(line, '\r'); i >= 0 {
		line = line[i+1:] // the rest was written over
	}
	shown := line
	if l.o.Terminal {
		shown = l.o.Visible(line)
		if bytes.IndexByte(shown, 0x1b) >= 0 {
			shown = append(bytes.Clone(shown), "\x1b[0m"...)
		}
	}
	l.keep(string(line))
	whole := slices.Concat([]byte(l.prefix), shown, []byte("\n"))
	l.o.mu.Lock()
	_, _ = to.Write(whole) // where nobody reads it the log has it
	l.o.mu.Unlock()
	l.o.heard(l.name, line)
}

// heard looks into what a program, or gorun for it, has said: a port may be taken.
func (o *Output) heard(name string, line []byte) {
	if port := portTaken(line); port != "" && o.InUse != nil {
		o.InUse(name, port)
	}
}

// keep keeps a line for -tell logs.
func (l *Lines) keep(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.log) == logLimit {
		l.log = append(l.log[:0], l.log[1:]...)
	}
	l.log = append(l.log, line)
	l.number++
	close(l.more)
	l.more = make(chan struct{})
}

// Log returns the lines after one of a number that are kept, and the number of the last one;
// with 0 all. With another number it waits until there is one, or ctx ends.
func (l *Lines) Log(ctx context.Context, after int) (lines []string, number int) {
	for {
		l.mu.Lock()
		n := min(max(l.number-after, 0), len(l.log))
		lines, number = slices.Clone(l.log[len(l.log)-n:]), l.number
		more := l.more
		l.mu.Unlock()
		if n > 0 || after == 0 {
			return lines, number
		}
		select {
		case <-more:
		case <-ctx.Done():
			return nil, number
		}
	}
}

// Wait waits until all that processes which have ended have printed is written, at most a
// second: another user's process may hold a pipe for ever.
func (l *Lines) Wait() {
	done := make(chan struct{})
	go func() {
		l.copied.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(lastLines):
	}
}
