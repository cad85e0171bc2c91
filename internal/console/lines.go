package console

import (
	"bytes"
	"io"
)

// lineLimit is the longest line of another program's that gorun waits for the end
// of: longer than what is written for people, short enough to keep.
const lineLimit = 64 << 10

// Lines returns a writer for the output of a command that runs beside the program.
// Each line is printed when it is complete, with a name before it; what is left
// without an end is printed by Close, or when it is too long. The methods of the
// writer must not be called by two goroutines at a time.
func (c *Console) Lines(name string) io.WriteCloser { return &lines{c: c, name: name} }

type lines struct {
	c    *Console
	name string
	part []byte
}

func (l *lines) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		line, after, whole := bytes.Cut(rest, []byte("\n"))
		l.part = append(l.part, line...)
		rest = after
		for len(l.part) > lineLimit {
			l.print(l.part[:lineLimit])
			l.part = l.part[lineLimit:]
		}
		if whole {
			l.print(l.part)
			l.part = l.part[:0]
		}
	}
	return len(p), nil
}

func (l *lines) Close() error {
	if len(l.part) > 0 {
		l.print(l.part)
		l.part = nil
	}
	return nil
}

// print prints one line. What a command prints is no news of gorun's: nothing in it is changed but a
// carriage return at its end, and what a terminal would take for orders, other than colours, which end
// with the line.
func (l *lines) print(b []byte) {
	b = bytes.TrimSuffix(b, []byte("\r"))
	if l.c.terminal {
		b = escape(b, true)
		if bytes.IndexByte(b, 0x1b) >= 0 {
			b = append(bytes.Clone(b), plain...)
		}
	}
	l.c.prefixed(dim, append(escape([]byte(l.name+": "), false), b...))
}
