package startfailure

import (
	"os"
	"path/filepath"
	"testing"
)

// elf returns the first bytes of an ELF file.
func elf(class, order, system byte, machine uint16) string {
	h := make([]byte, 64)
	copy(h, "\x7fELF")
	h[4], h[5], h[7] = class, order, system
	h[18], h[19] = byte(machine), byte(machine>>8)
	if order == 2 {
		h[18], h[19] = h[19], h[18]
	}
	return string(h)
}

func TestPlatform(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	for _, tt := range []struct{ content, want string }{
		{"", ""},
		{"#!/bin/sh\n", ""},
		{"\x7fELF", ""}, // too short to say
		{elf(2, 1, 0, 62), "linux/amd64"},
		{elf(2, 1, 3, 183), "linux/arm64"},
		{elf(2, 1, 9, 62), "freebsd/amd64"},
		{elf(2, 2, 0, 21), "linux/ppc64"},
		{elf(2, 1, 0, 21), "linux/ppc64le"},
		{elf(1, 2, 0, 8), "linux/mips"},
		{elf(2, 1, 0, 8), "linux/mips64le"},
		{elf(2, 1, 77, 999), "ELF system 77/ELF machine 999"},
		{"MZ\x90", "windows"},
		{"\xcf\xfa\xed\xfe\x0c\x00\x00\x01", "darwin/arm64"},
		{"\xcf\xfa\xed\xfe\x07\x00\x00\x01", "darwin/amd64"},
		{"\x00asm\x01", "wasm"},
	} {
		if err := os.WriteFile(file, []byte(tt.content), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := platform(file); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.content, got, tt.want)
		}
	}
	if got := platform(file + "-missing"); got != "" {
		t.Errorf("no file: %q", got)
	}
}
