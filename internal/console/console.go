// Package console writes every line that gorun prints, and holds the rules for
// them, so that a reader finds in one file what a user can see:
//
//   - Standard output is the program's. gorun speaks on standard error only.
//   - A line of gorun's own is "gorun: " and lower-case words, no period.
//   - What a compiler or the go command said passes byte for byte, unprefixed; a terminal is not given
//     control characters other than colours (escape.go).
//   - What a hook prints, on either stream, is "gorun: " and the hook's name before
//     each line. A line is printed when it is complete, or at the hook's end.
//   - The prefix is dimmed, and a failure red, only on a terminal that
//     understands it: not with NO_COLOR set to anything (no-color.org), not with
//     TERM=dumb, never in a file or a pipe.
//   - -quiet leaves failures, other tools' words about them, and what GORUNDEBUG asks for.
//   - The bell is rung on a terminal only.
//   - GORUNDEBUG=topic,topic prints a line per state change of those topics, some
//     hundred a second at most, and none about the files that it is printed to.
//   - While gorun stays, whoever prints does not wait for the writer (queue.go).
//   - In a terminal's raw mode lines begin on a fresh line and end in CR LF (raw_unix.go).
//
// The principal type is Console; its methods may be called from any goroutine.
// What is worth saying is the caller's to decide.
//
//	console.go      the lines, and how they look
//	gorundebug.go   GORUNDEBUG: no more lines than anybody reads, none that causes the next one
//	lines.go        another command's output, line by line
//	queue.go        a writer that blocks keeps nobody waiting
//	escape.go       what a terminal would take for orders becomes visible
//	raw_*.go        whether a terminal is in raw mode
package console

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
)

// Topics are the words that GORUNDEBUG takes.
var Topics = []string{"watch", "plan", "exec", "phase"}

// A Console prints gorun's lines. Use New.
type Console struct {
	w        io.Writer
	queue    *queue // nil where lines are written at once
	terminal bool
	color    bool
	quiet    bool
	topics   map[string]*topic // those that GORUNDEBUG names
	ownFiles []os.FileInfo     // the regular files among its writer and standard output
	raw      func() bool
	name     string // of the program that the lines are about; "" where there is only one

	mu *sync.Mutex // one line at a time, also of those that Named returned
}

// Options are what decides how lines look.
type Options struct {
	Terminal bool   // the writer is a terminal
	NoColor  string // the value of NO_COLOR
	Term     string // the value of TERM
	Debug    string // the value of GORUNDEBUG

	// Raw reports whether the terminal, if it is one, is in raw mode at this moment; nil if it never is.
	Raw func() bool
}

// New returns a Console that writes to w.
func New(w io.Writer, o Options) *Console {
	c := &Console{
		w:        w,
		terminal: o.Terminal,
		color:    o.Terminal && o.NoColor == "" && o.Term != "dumb",
		raw:      o.Raw,
		mu:       new(sync.Mutex),
		topics:   make(map[string]*topic),
	}
	var unknown []string
	for name := range strings.FieldsFuncSeq(o.Debug, func(r rune) bool { return r == ',' || r == ' ' }) {
		c.topics[name] = &topic{name: name}
		if !slices.Contains(Topics, name) {
			unknown = append(unknown, fmt.Sprintf("%q", name))
		}
	}
	if len(c.topics) > 0 {
		c.ownFiles = regularFiles(w, os.Stdout)
	}
	if unknown != nil {
		c.Fail("GORUNDEBUG: no topic %s; there are %s", strings.Join(unknown, ", "), strings.Join(Topics, ", "))
	}
	return c
}

const (
	dim   = "\x1b[2m"
	red   = "\x1b[31m"
	plain = "\x1b[0m"
)

// Queue makes every later line go through a queue, so that no caller waits for the writer. It is for the
// goroutine that has made the Console, before there are others, and for a process that stays: one that
// becomes another would lose what is queued.
func (c *Console) Queue() {
	c.queue = newQueue(c.w)
	c.w = c.queue
}

// Flush waits until what was queued is written, at most a second. Without a queue there is nothing to
// wait for.
func (c *Console) Flush() {
	if c.queue != nil {
		c.queue.flush(flushLimit)
	}
}

// Quiet makes Say silent from now on. It is for the goroutine that has made the
// Console, before there are others.
func (c *Console) Quiet() { c.quiet = true }

// Say prints one line of news.
func (c *Console) Say(format string, args ...any) {
	if !c.quiet {
		c.line(dim, format, args)
	}
}

// Named returns a Console that prints where this one does, with the name of a program before
// each line of gorun's own. Queue and Quiet come before it.
func (c *Console) Named(name string) *Console {
	named := *c
	named.name = name
	return &named
}

// Colored reports whether colours are wanted and understood.
func (c *Console) Colored() bool { return c.color }

// Bell rings the terminal's bell, if it is one.
func (c *Console) Bell() {
	if c.terminal {
		c.mu.Lock()
		defer c.mu.Unlock()
		io.WriteString(c.w, "\a")
	}
}

// Fail prints one line about something that went wrong. Further lines of the
// message, a hint on what to do next, are indented.
func (c *Console) Fail(format string, args ...any) { c.line(red, format, args) }

// Output passes on what another tool said, with a newline at its end where it has none, so that the next
// line begins in the first column. All else is byte for byte, but that a terminal is given no control
// characters.
func (c *Console) Output(b []byte) {
	if len(b) == 0 {
		return
	}
	if !bytes.HasSuffix(b, []byte("\n")) {
		b = append(bytes.Clone(b), '\n')
	}
	if c.terminal {
		b = escape(b, true)
	}
	c.write(b)
}

// line prints a line of gorun's own. What it says of files and tools is escaped everywhere: nothing in it
// is meant for a terminal.
func (c *Console) line(color, format string, args []any) {
	text := escape(fmt.Appendf(nil, format, args...), false)
	text = bytes.ReplaceAll(bytes.TrimRight(text, "\n"), []byte("\n"), []byte("\n\t"))
	c.prefixed(color, text)
}

// prefixed prints text behind gorun's name.
func (c *Console) prefixed(color string, text []byte) {
	prefix := "gorun: "
	if c.color {
		prefix = color + "gorun:" + plain + " "
	}
	if c.name != "" {
		prefix += c.name + ": "
	}
	c.write(append(append([]byte(prefix), text...), '\n'))
}

// write writes whole lines. In raw mode the cursor may stand anywhere, and a line feed does not go back to
// the first column.
func (c *Console) write(b []byte) {
	if c.terminal && c.raw != nil && c.raw() {
		b = append([]byte("\r\n"), bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n"))...)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.w.Write(b)
}
