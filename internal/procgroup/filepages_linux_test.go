package procgroup

import (
	"strings"
	"testing"
)

// A process goes on with what it has released, and what is written to stays.
func TestReleaseFilePages(t *testing.T) {
	words := strings.Fields("the text of the executable is read once more")
	for range 3 {
		if n := releaseFilePages(); n < 1<<20 {
			t.Fatalf("%d bytes were released: this executable is larger", n)
		}
		if got := strings.Join(words, " "); !strings.HasPrefix(got, "the text") {
			t.Errorf("%q", got)
		}
	}
}

func TestReadOnlyFile(t *testing.T) {
	for _, c := range []struct {
		line     string
		from, to uintptr
	}{
		{"00400000-00a10000 r-xp 00000000 fe:00 1234 /usr/bin/gorun", 0x400000, 0xa10000},
		{"00a10000-01005000 r--p 00610000 fe:00 1234 /usr/bin/gorun (deleted)", 0xa10000, 0x1005000},
		{"01005000-01069000 rw-p 00c05000 fe:00 1234 /usr/bin/gorun", 0, 0},
		{"01005000-01069000 r--s 00c05000 fe:00 1234 /usr/bin/gorun", 0, 0},
		{"01069000-030ae000 rw-p 00000000 00:00 0", 0, 0},
		{"7ffd1b5d6000-7ffd1b5d8000 r-xp 00000000 00:00 0 [vdso]", 0, 0},
		{"7ffd1b5d6000 r-xp 00000000 00:00 0 /x", 0, 0},
	} {
		if from, to := readOnlyFile(strings.Fields(c.line)); from != c.from || to != c.to {
			t.Errorf("%s: %x to %x", c.line, from, to)
		}
	}
}
