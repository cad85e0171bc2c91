package incremental

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestSameProgramCannotTell(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	for _, f := range []string{a, b} {
		if err := os.WriteFile(f, []byte("#!/bin/sh\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if same, err := SameProgram(a, b); same || !errors.Is(err, ErrCannotTell) {
		t.Errorf("two scripts: same %v, error %v", same, err)
	}
}

func TestSameProgramSeesOneByte(t *testing.T) {
	p := newProject(t)
	p.say("one", "")
	r := p.build(nil, nil)
	content, err := os.ReadFile(r.Exe.Path)
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "other")
	for _, at := range []int{0x20000, len(content) / 2, len(content) - 1} {
		changed := append([]byte(nil), content...)
		changed[at] ^= 1
		if err := os.WriteFile(other, changed, 0o700); err != nil {
			t.Fatal(err)
		}
		if same, err := SameProgram(r.Exe.Path, other); same || err != nil && !errors.Is(err, ErrCannotTell) {
			t.Errorf("byte %#x differs: same %v, error %v", at, same, err)
		}
	}
	if err := os.WriteFile(other, content, 0o700); err != nil {
		t.Fatal(err)
	}
	if same, err := SameProgram(r.Exe.Path, other); !same || err != nil {
		t.Errorf("a copy: same %v, error %v", same, err)
	}
}
