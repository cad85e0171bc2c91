package exec

import (
	"bytes"
	"os"
	"sync"
	"time"

	"github.com/gorun-dev/gorun/internal/procgroup"
)

// A program whose lines gorun is to read writes into pipes; gorun passes on
// what comes at once, byte for byte, and splits it into lines after. Where both streams lead
// to the same file there is one pipe, so that what was printed first comes first.
//
// Where only standard error is read, and that is a terminal, there is another terminal in
// its place (errorterminal_linux.go).
//
// Rejected: a pseudo terminal for both streams, or the whole program. It would join the
// streams, and take the program out of the terminal's job control.

// lineLimit is the longest line that is reported whole: no program says that it
// is ready in a longer one.
const lineLimit = 64 << 10

// output is gorun passing on what a program prints. Nil means that the program
// does so itself.
type output struct {
	ends []*os.File     // the program's, until it is started
	ours []*os.File     // ours
	done sync.WaitGroup // one for each pipe, at most two
}

// pipeOutput puts pipes in the place of a program's streams: of both if somebody is told
// of all lines, of standard error if somebody is told of its lines.
func pipeOutput(spec *procgroup.Spec, all, errorLines func(line []byte)) (*output, error) {
	if all == nil && errorLines == nil {
		return nil, nil
	}
	o := &output{}
	pipe := func(to *os.File, report func(line []byte)) (*os.File, error) {
		to, err := duplicate(to)
		if err != nil {
			return nil, err
		}
		var r, w *os.File
		end := func() {}
		if all == nil {
			r, w, end = errorTerminal(to)
		}
		if w == nil {
			if r, w, err = os.Pipe(); err != nil {
				to.Close()
				return nil, err
			}
		}
		o.ours, o.ends = append(o.ours, r), append(o.ends, w)
		o.done.Go(func() {
			copyStream(to, r, report)
			end()
			to.Close()
		})
		return w, nil
	}
	var err error
	same := all != nil && sameFile(spec.Stdout, spec.Stderr)
	if spec.Stdout != nil && all != nil {
		if spec.Stdout, err = pipe(spec.Stdout, both(all, same, errorLines)); err != nil {
			o.closeProgramEnds()
			o.wait(false)
			return nil, err
		}
	}
	switch {
	case same:
		spec.Stderr = spec.Stdout
	case spec.Stderr != nil:
		if spec.Stderr, err = pipe(spec.Stderr, both(all, true, errorLines)); err != nil {
			o.closeProgramEnds()
			o.wait(false)
			return nil, err
		}
	}
	return o, nil
}

// both tells all of a line, and errorLines too if it may be one of standard error.
func both(all func(line []byte), isError bool, errorLines func(line []byte)) func(line []byte) {
	return func(line []byte) {
		if all != nil {
			all(line)
		}
		if isError && errorLines != nil {
			errorLines(line)
		}
	}
}

func sameFile(a, b *os.File) bool {
	if a == nil || b == nil {
		return false
	}
	ia, errA := a.Stat()
	ib, errB := b.Stat()
	return errA == nil && errB == nil && os.SameFile(ia, ib)
}

// closeProgramEnds closes our copies of the program's ends.
func (o *output) closeProgramEnds() {
	if o == nil {
		return
	}
	for _, f := range o.ends {
		f.Close()
	}
	o.ends = nil
}

// wait waits until everything is passed on. If a process is left that may hold a
// pipe for ever, what it goes on to say is lost.
func (o *output) wait(left bool) {
	if o == nil {
		return
	}
	if left {
		for _, f := range o.ours {
			_ = f.SetReadDeadline(time.Now())
		}
	}
	o.done.Wait()
}

// copyStream copies one stream. If nobody reads it any more the program is told so, as
// it would be without gorun in between: its next write fails.
func copyStream(to, from *os.File, report func(line []byte)) {
	defer from.Close()
	buf := make([]byte, 32<<10)
	var part []byte // a line without its end yet
	for {
		n, err := from.Read(buf)
		if n > 0 {
			if _, werr := to.Write(buf[:n]); werr != nil {
				return
			}
			part = reportLines(part, buf[:n], report)
		}
		if err != nil {
			if len(part) > 0 {
				report(part)
			}
			return
		}
	}
}

// reportLines reports the lines that are complete and returns the rest, at most lineLimit
// of it.
func reportLines(part, b []byte, report func(line []byte)) []byte {
	for {
		line, rest, whole := bytes.Cut(b, []byte("\n"))
		part = append(part, line[:min(len(line), lineLimit-len(part))]...)
		if !whole {
			return part
		}
		report(bytes.TrimSuffix(part, []byte("\r")))
		part, b = part[:0], rest
	}
}
