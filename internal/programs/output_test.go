package programs

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// Lines are whole, have a name before them, and are kept.
func TestOutput(t *testing.T) {
	var out, errOut bytes.Buffer
	var taken []string
	o := &Output{Stdout: &out, Stderr: &errOut, Visible: func(b []byte) []byte { return b },
		InUse: func(name, port string) { taken = append(taken, name+" "+port) }}
	o.Names([]string{"api", "worker"})
	l := o.Of("api", nil)
	s, err := l.Open(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"one\ntw", "o\r\n10%\r20%\n", "last"} {
		fmt.Fprint(s.Stdout, part)
	}
	fmt.Fprintln(s.Stderr, "2026/11/30 22:52:05 listen tcp 127.0.0.1:8080: bind: address already in use")
	fmt.Fprintln(s.Stderr, "Error: listen EADDRINUSE: address already in use :::3000")
	s.Started(nil)
	l.Wait()
	if want := "   api │ one\n   api │ two\n   api │ 20%\n   api │ last\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
	if !strings.HasPrefix(errOut.String(), "   api │ 2026/11/30 22:52:05 listen tcp") {
		t.Errorf("standard error: %q", errOut.String())
	}
	if !slices.Equal(taken, []string{"api 8080", "api 3000"}) {
		t.Errorf("taken ports: %q", taken)
	}
}

// The last lines are kept, and who follows gets each one that comes.
func TestLog(t *testing.T) {
	l := (&Output{}).Of("api", nil)
	for i := range logLimit + 5 {
		l.keep(fmt.Sprint(i))
	}
	lines, n := l.Log(t.Context(), 0)
	if len(lines) != logLimit || lines[0] != "5" || n != logLimit+5 {
		t.Fatalf("%d lines from %q, number %d", len(lines), lines[0], n)
	}
	go l.keep("next")
	if lines, n = l.Log(t.Context(), n); !slices.Equal(lines, []string{"next"}) || n != logLimit+6 {
		t.Errorf("after that: %q, number %d", lines, n)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if lines, n = l.Log(ctx, n); lines != nil || n != logLimit+6 {
		t.Errorf("nothing comes: %q, number %d", lines, n)
	}
}
