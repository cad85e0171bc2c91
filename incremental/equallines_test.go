package incremental

import (
	"bytes"
	"debug/elf"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A line that moved is not seen, an instruction that changed is.
func TestSameButForLines(t *testing.T) {
	s := setupOf(t)
	before := goRun(t, s)
	if _, err := elf.Open(before); err != nil {
		if _, err := SameButForLines(before, before); !errors.Is(err, ErrCannotTell) {
			t.Errorf("error %v", err)
		}
		t.Skip("executables here are not ELF")
	}
	s.edit(t, "lib/lib.go", "\t\tcount += i", "\n\n\n\t\tcount += i")
	moved := goRun(t, s)
	if same, err := SameProgram(before, moved); same || err != nil {
		t.Errorf("lines moved: the same program %v, %v", same, err)
	}
	if same, err := SameButForLines(before, moved); !same || err != nil {
		t.Errorf("lines moved: the same but for lines %v, %v: %s", same, err, DescribeButLines(before, moved))
	}
	s.edit(t, "lib/lib.go", "count += i", "count += 5 * i")
	if same, err := SameButForLines(before, goRun(t, s)); same || err != nil {
		t.Errorf("a body changed: the same but for lines %v, %v", same, err)
	}
	text, err := os.ReadFile(before)
	if err != nil {
		t.Fatal(err)
	}
	one := bytes.Clone(text)
	one[len(one)/4] ^= 0x40
	other := filepath.Join(t.TempDir(), "other")
	if err := os.WriteFile(other, one, 0o777); err != nil {
		t.Fatal(err)
	}
	if same, _ := SameButForLines(before, other); same {
		t.Error("a bit of the code changed: the same but for lines")
	}
}
