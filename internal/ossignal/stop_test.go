package ossignal

import (
	"syscall"
	"testing"
)

func TestStop(t *testing.T) {
	for text, want := range map[string]syscall.Signal{
		"TERM": syscall.SIGTERM, "SIGINT": syscall.SIGINT, "int": syscall.SIGINT, "15": syscall.SIGTERM,
	} {
		var s syscall.Signal
		if err := Stop(&s).Set(text); err != nil || s != want {
			t.Errorf("-signal=%s is %v, %v; want %v", text, s, err, want)
		}
	}
	for _, text := range []string{"", "NONE", "SIG", "0", "-15", "15s"} {
		s := syscall.SIGTERM
		if err := Stop(&s).Set(text); err == nil {
			t.Errorf("-signal=%s is %v", text, s)
		}
	}
	s := syscall.SIGTERM
	if got := Stop(&s).String(); got != "TERM" {
		t.Errorf("SIGTERM is printed as %q", got)
	}
}
