package front

import (
	"bytes"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// What a program says on its standard error when it panics, in the words of Go's runtime
// and of net/http's server.

// tailSize is how much of a program's standard error is remembered: more than the stack of
// one goroutine takes, and than a browser shows well.
const tailSize = 64 << 10

// An Output remembers the end of what one program says on its standard error.
type Output struct {
	pid  atomic.Int64
	mu   sync.Mutex
	tail []byte
}

// Line adds a line.
func (o *Output) Line(line []byte) {
	o.mu.Lock()
	o.tail = append(append(o.tail, line...), '\n')
	if len(o.tail) > 2*tailSize {
		o.tail = bytes.Clone(o.tail[len(o.tail)-tailSize:])
	}
	o.mu.Unlock()
}

// Started says which process it is.
func (o *Output) Started(pid int) { o.pid.Store(int64(pid)) }

func (o *Output) end() string {
	o.mu.Lock()
	end := string(o.tail)
	o.mu.Unlock()
	return end
}

// lastLines is how much of a program is shown that ends without a panic.
const lastLines = 30

// lastPanic returns what was said of the panic that ended a program; without one, the last
// lines.
func lastPanic(text string) string {
	at := -1
	for _, word := range []string{"panic: ", "fatal error: ", "runtime: ", "SIGQUIT: "} {
		i := strings.LastIndex("\n"+text, "\n"+word)
		if i >= 0 && (at < 0 || i < at) && strings.Contains(text[i:], "\ngoroutine ") {
			at = i
		}
	}
	if at >= 0 {
		return text[at:]
	}
	lines := strings.SplitAfter(text, "\n")
	return strings.Join(lines[max(0, len(lines)-lastLines-1):], "")
}

// handlerPanic returns what net/http's server said of a panic while it answered a client.
func handlerPanic(text, client string) (string, bool) {
	at := strings.LastIndex(text, "http: panic serving "+client+": ")
	if at < 0 {
		return "", false
	}
	text = text[at:]
	// The stack ends at a line that is none of a stack's.
	lines := strings.SplitAfter(text, "\n")
	for i, line := range lines {
		if i > 1 && !strings.HasPrefix(line, "\t") && !strings.HasPrefix(line, "goroutine ") &&
			(i+1 >= len(lines) || !strings.HasPrefix(lines[i+1], "\t")) {
			return strings.Join(lines[:i], ""), true
		}
	}
	return text, true
}

// framePlace reads where a stack names a place: "\t/dir/file.go:12 +0x1d".
func framePlace(line string) (file string, number int, ok bool) {
	file, ok = strings.CutPrefix(line, "\t")
	file, _, _ = strings.Cut(file, " +0x")
	end := strings.LastIndexByte(file, ':')
	if !ok || end < 0 || !strings.HasSuffix(file[:end], ".go") {
		return "", 0, false
	}
	number, err := strconv.Atoi(file[end+1:])
	return file[:end], number, err == nil
}

// addStack adds a panic: its text, and the places of its first goroutine that are in the
// project.
func (f *failure) addStack(text, dir string) {
	f.Text = strings.TrimRight(text, "\n")
	var function string
	goroutines := 0
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "goroutine ") {
			if goroutines++; goroutines > 1 {
				return
			}
		}
		if file, number, ok := framePlace(line); ok {
			if shown(file, dir) != file {
				f.add(file, number, 0, "in "+function, dir)
			}
			continue
		}
		if function = line; strings.HasSuffix(line, ")") { // main.f(0x1, 0x2)
			function = line[:strings.LastIndexByte(line, '(')]
		}
	}
}
