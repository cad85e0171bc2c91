package programs

import (
	"bytes"
	"os"
	osexec "os/exec"
	"testing"
)

// A program has a terminal where gorun has one; what it prints keeps its colours, which end with
// the line, and what is typed reaches it once.
func TestTerminal(t *testing.T) {
	typed, keys, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer keys.Close()
	var out bytes.Buffer
	o := &Output{Stdout: &out, Stderr: &out, Terminal: true, Colored: true, Visible: func(b []byte) []byte { return b }}
	o.Names([]string{"a", "api"})
	l := o.Of("api", NewStdin(typed, true))
	s, err := l.Open(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if s.Stdin == nil || s.Stdout != s.Stderr {
		t.Skip("there are no pseudo-terminals here")
	}
	cmd := osexec.Command("/bin/sh", "-c",
		`test -t 0 && test -t 1 && test -t 2 && echo terminal; read word; printf '\033[31mred\nhas %s' "$word"`)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = s.Stdin, s.Stdout, s.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.Started(nil)
	keys.WriteString("typed\n")
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	l.Wait()
	const name = "\x1b[33mapi │ \x1b[0m"
	if want := name + "terminal\n" + name + "\x1b[31mred\x1b[0m\n" + name + "has typed\n"; out.String() != want {
		t.Errorf("got %q\nwant %q", out.String(), want)
	}
	// Without names nothing has a colour.
	if p := (&Output{width: 4}).prefix("api"); p != " api │ " {
		t.Errorf("prefix %q", p)
	}
}
