package equal

import (
	"bytes"
	"debug/elf"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A line that moved is not seen, an instruction that changed is.
func TestButForLines(t *testing.T) {
	before := build(t, program)
	if _, err := elf.Open(before); err != nil {
		if _, err := ButForLines(before, before); !errors.Is(err, ErrCannotTell) {
			t.Errorf("error %v", err)
		}
		t.Skip("executables here are not ELF")
	}
	lines := strings.Replace(program, "\t\tsum += i", "\n\n\n\t\tsum += i", 1)
	moved := build(t, lines)
	if same, err := Program(before, moved); same || err != nil {
		t.Errorf("lines moved: the same program %v, %v", same, err)
	}
	if same, err := ButForLines(before, moved); !same || err != nil {
		t.Errorf("lines moved: the same but for lines %v, %v: %s", same, err, DescribeButLines(before, moved))
	}
	body := build(t, strings.Replace(lines, "sum += i", "sum += 5 * i", 1))
	if same, err := ButForLines(before, body); same || err != nil {
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
	if same, _ := ButForLines(before, other); same {
		t.Error("a bit of the code changed: the same but for lines")
	}
}
