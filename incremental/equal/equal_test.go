package equal

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestProgramCannotTell(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	for _, f := range []string{a, b} {
		if err := os.WriteFile(f, []byte("#!/bin/sh\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if same, err := Program(a, b); same || !errors.Is(err, ErrCannotTell) {
		t.Errorf("two scripts: same %v, error %v", same, err)
	}
}

func TestProgramSeesOneByte(t *testing.T) {
	exe := build(t, program)
	content, err := os.ReadFile(exe)
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
		if same, err := Program(exe, other); same || err != nil && !errors.Is(err, ErrCannotTell) {
			t.Errorf("byte %#x differs: same %v, error %v", at, same, err)
		}
	}
	if err := os.WriteFile(other, content, 0o700); err != nil {
		t.Fatal(err)
	}
	if same, err := Program(exe, other); !same || err != nil {
		t.Errorf("a copy: same %v, error %v", same, err)
	}
}

const program = `package main

func main() { println(f(3)) }

//go:noinline
func f(n int) (sum int) {
	for i := range n {
		sum += i
		defer println(sum)
	}
	return sum
}
`

// build builds a program as go run does, always under the same name, and returns the executable.
func build(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module example.com/m\n\ngo 1.24\n", "main.go": text} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	exe := filepath.Join(dir, "app")
	cmd := exec.Command("go", "build", "-trimpath", "-gcflags=-dwarf=false", "-ldflags=-s -w", "-o", exe)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return exe
}
