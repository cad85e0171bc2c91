//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package exec

import (
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// seen collects lines.
type seen struct {
	mu    sync.Mutex
	lines []string
}

func (s *seen) line(b []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, string(b))
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

// What a program prints comes unchanged, and its lines are seen.
func TestLines(t *testing.T) {
	long := strings.Repeat("x", lineLimit)
	for _, tt := range []struct {
		name, script, want string
		lines              []string
	}{
		{"lines", `printf 'one\ntwo\r\n\n'`, "one\ntwo\r\n\n", []string{"one", "two", ""}},
		{"no end", `printf 'one\ntwo'`, "one\ntwo", []string{"one", "two"}},
		{"bytes", `printf 'a\0b\377\n'`, "a\x00b\xff\n", []string{"a\x00b\xff"}},
		{"nothing", `:`, "", nil},
		{"too long", `printf '` + long + `yz\nnext\n'`, long + "yz\nnext\n", []string{long, "next"}},
		{"ordered", `for i in 1 2 3; do echo out$i; echo err$i >&2; done`,
			"out1\nerr1\nout2\nerr2\nout3\nerr3\n", []string{"out1", "err1", "out2", "err2", "out3", "err3"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, w := pipe(t)
			got := make(chan string) // one value
			go func() {
				b, _ := io.ReadAll(r)
				got <- string(b)
			}()
			s := &seen{}
			p := start(t, tt.script, Spec{Stdout: w, Stderr: w, Lines: s.line})
			within(t, p.Done(), "its end")
			w.Close()
			if got := <-got; got != tt.want {
				t.Errorf("got %.100q, want %.100q", got, tt.want)
			}
			if !slices.Equal(s.lines, tt.lines) {
				t.Errorf("saw %.100q, want %.100q", s.lines, tt.lines)
			}
		})
	}
}

// What a program prints comes at once, streams apart, also without a line's end.
func TestLinesComeAtOnce(t *testing.T) {
	outR, outW := pipe(t)
	errR, errW := pipe(t)
	s := &seen{}
	p := start(t, `printf out; printf err >&2; read x`, Spec{Stdin: outR, Stdout: outW, Stderr: errW, Lines: s.line})
	outW.Close() // the program has none of it, gorun has its own
	b := make([]byte, 10)
	if n, _ := errR.Read(b); string(b[:n]) != "err" {
		t.Errorf("standard error: %q", b[:n])
	}
	p.Kill()
	within(t, p.Done(), "a kill")
}

// A program whose output nobody reads is told so, as without gorun in between.
func TestLinesNobodyReads(t *testing.T) {
	r, w := pipe(t)
	r.Close()
	s := &seen{}
	p := start(t, `while :; do echo x; done`, Spec{Stdout: w, Lines: s.line})
	within(t, p.Done(), "its end")
	if got := p.Outcome(); got.Signal != syscall.SIGPIPE {
		t.Errorf("it ended with %v", got)
	}
}
