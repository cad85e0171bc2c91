package startfailure

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"strings"
)

// platform says what an executable was built for, as far as its first bytes
// tell: "linux/arm64", "windows", or "" if it is no executable.
func platform(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	var h [64]byte
	n, _ := io.ReadFull(f, h[:])
	head := string(h[:n])
	switch {
	case strings.HasPrefix(head, "MZ"):
		return "windows"
	case strings.HasPrefix(head, "\xcf\xfa\xed\xfe") && n >= 8:
		switch binary.LittleEndian.Uint32(h[4:]) {
		case 0x01000007:
			return "darwin/amd64"
		case 0x0100000c:
			return "darwin/arm64"
		}
		return "darwin"
	case strings.HasPrefix(head, "\x00asm"):
		return "wasm"
	case !strings.HasPrefix(head, "\x7fELF") || n < 20:
		return ""
	}
	var order binary.ByteOrder = binary.LittleEndian
	if h[5] == 2 {
		order = binary.BigEndian
	}
	system := map[byte]string{0: "linux", 2: "netbsd", 3: "linux", 6: "solaris", 9: "freebsd", 12: "openbsd"}[h[7]]
	if system == "" {
		system = fmt.Sprintf("ELF system %d", h[7])
	}
	return system + "/" + elfArch(order.Uint16(h[18:]), h[4] == 2, h[5] == 2)
}

// elfArch names an ELF machine (the numbers are those of elf(5)) as GOARCH does.
func elfArch(machine uint16, wide, big bool) string {
	le := func(name, ifLittle string) string {
		if big {
			return name
		}
		return ifLittle
	}
	switch machine {
	case 3:
		return "386"
	case 8:
		if wide {
			return le("mips64", "mips64le")
		}
		return le("mips", "mipsle")
	case 21:
		return le("ppc64", "ppc64le")
	case 22:
		return "s390x"
	case 40:
		return "arm"
	case 62:
		return "amd64"
	case 183:
		return "arm64"
	case 243:
		return "riscv64"
	case 258:
		return "loong64"
	}
	return fmt.Sprintf("ELF machine %d", machine)
}
