package programs

import (
	"io"
	"os"
	"sync"
)

// Stdin is gorun's standard input on its way to the one program that reads it. A nil Stdin is
// that of a program which reads nothing.
//
// A file or a pipe the program gets itself. A terminal it does not: the programs are in no
// process group of the terminal's, so that ^C is gorun's alone and they end in order. So gorun
// reads, and hands on what it has read, to whichever version of the program runs.
type Stdin struct {
	in       *os.File
	terminal bool
	once     sync.Once

	mu      sync.Mutex
	current *os.File // what is read goes there; nil while no program runs
	pipe    *os.File // of the newest program that has no terminal
}

// NewStdin returns the Stdin of a file.
func NewStdin(in *os.File, terminal bool) *Stdin { return &Stdin{in: in, terminal: terminal} }

// open gives a process that has no terminal of its own its standard input.
func (in *Stdin) open(s *Streams) error {
	switch {
	case in == nil:
		return nil
	case !in.terminal:
		s.Stdin = in.in
		return nil
	}
	r, w, err := os.Pipe()
	if err != nil {
		s.Started(nil)
		return err
	}
	s.Stdin, s.ends = r, append(s.ends, r)
	in.to(w)
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.pipe != nil {
		in.pipe.Close()
	}
	in.pipe = w
	return nil
}

// to makes what is read go to a file from now on.
func (in *Stdin) to(w *os.File) {
	in.mu.Lock()
	in.current = w
	in.mu.Unlock()
	in.once.Do(func() { go in.pump() })
}

// from ends the reading for a process whose output has ended.
func (in *Stdin) from(f *os.File) {
	if in == nil {
		return
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.current == f {
		in.current = nil
	}
}

// pump ends with gorun, or with its standard input.
func (in *Stdin) pump() {
	buf := make([]byte, 4<<10)
	for {
		n, err := in.in.Read(buf)
		in.mu.Lock()
		to := in.current
		in.mu.Unlock()
		if to != nil {
			_, _ = to.Write(buf[:n]) // a program that does not read it may not
		}
		if err != nil {
			if to != nil && err == io.EOF {
				endInput(to)
			}
			return
		}
	}
}
