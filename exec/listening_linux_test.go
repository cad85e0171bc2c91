package exec

import (
	"net"
	"os"
	"slices"
	"testing"
)

func TestListening(t *testing.T) {
	var want []string
	for _, at := range []string{"127.0.0.1:0", "[::1]:0", ":0"} {
		l, err := net.Listen("tcp", at)
		if err != nil {
			t.Skip(err)
		}
		defer l.Close()
		want = append(want, l.Addr().String())
	}
	c, err := net.Dial("tcp", want[0]) // a connection is no listener
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	got := Listening(os.Getpid())
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("%s is not in %q", w, got)
		}
	}
	if slices.Contains(got, c.LocalAddr().String()) {
		t.Errorf("the connection %s is in %q", c.LocalAddr(), got)
	}
}
