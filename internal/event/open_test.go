package event

import "testing"

func TestCheckTarget(t *testing.T) {
	for _, in := range []string{"file", "fd:1", "fd:33", "./fd:x"} {
		if err := CheckTarget(in); err != nil {
			t.Errorf("-events=%s: %v", in, err)
		}
	}
	for _, in := range []string{"", "fd:", "fd:0", "fd:-1", "fd:x", "fd:99999999999"} {
		if err := CheckTarget(in); err == nil {
			t.Errorf("-events=%s is taken", in)
		}
	}
}
