package procgroup

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// A Reason is why a program could not be started.
type Reason int

const (
	Other         Reason = iota // see StartError.Err
	Missing                     // there is no such file
	NoDirectory                 // the working directory is not there or cannot be entered
	NotExecutable               // the file has no execute permission, or is a directory
	Permission                  // the file may not be executed by this user, or from this file system
	Format                      // not an executable
	WrongPlatform               // an executable for another operating system or architecture
	NoInterpreter               // its dynamic linker, or the interpreter its first line names, is missing
	Busy                        // still open for writing somewhere
	Exhausted                   // no memory or no process left
)

// A StartError says that a program did not start, and why.
type StartError struct {
	Path   string
	Reason Reason
	Detail string // in words, for the user
	Err    error  // what the system said
}

func (e *StartError) Error() string {
	return fmt.Sprintf("cannot start %q: %s", e.Path, e.Detail)
}

func (e *StartError) Unwrap() error { return e.Err }

// diagnose finds the reason behind the one number that execve answers with, by
// looking at what it looked at.
func diagnose(spec Spec, err error) *StartError {
	e := &StartError{Path: spec.Path, Err: err, Detail: err.Error()}
	say := func(r Reason, format string, args ...any) *StartError {
		e.Reason, e.Detail = r, fmt.Sprintf(format, args...)
		return e
	}
	if spec.Dir != "" {
		if fi, err := os.Stat(spec.Dir); err != nil {
			return say(NoDirectory, "working directory %q: %v", spec.Dir, bare(err))
		} else if !fi.IsDir() {
			return say(NoDirectory, "working directory %q: not a directory", spec.Dir)
		}
	}
	path := spec.Path
	if !filepath.IsAbs(path) {
		path = filepath.Join(spec.Dir, path)
	}
	fi, statErr := os.Stat(path)
	switch {
	case errors.Is(statErr, fs.ErrNotExist):
		return say(Missing, "no such file")
	case errors.Is(statErr, fs.ErrPermission):
		return say(Permission, "permission denied on a directory above it")
	case statErr != nil:
		return e
	case fi.IsDir():
		return say(NotExecutable, "is a directory")
	}
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return e
	}
	switch {
	case errors.Is(errno, fs.ErrPermission):
		if runtime.GOOS != "windows" && fi.Mode()&0o111 == 0 {
			return say(NotExecutable, "the file has no execute permission")
		}
		if noexec(path) {
			return say(Permission, "permission denied: its file system is mounted noexec")
		}
		return say(Permission, "permission denied")
	case errors.Is(errno, fs.ErrNotExist):
		// The file is there, so it is the one that it names that is not.
		return say(NoInterpreter, "the interpreter or dynamic linker that it names is missing")
	case isBusy(errno):
		return say(Busy, "still open for writing in another process")
	case isFormat(errno):
		if p := platform(path); p != "" && p != runtime.GOOS+"/"+runtime.GOARCH {
			return say(WrongPlatform, "built for %s, and this is %s/%s", p, runtime.GOOS, runtime.GOARCH)
		}
		return say(Format, "not an executable (%v)", errno)
	case isExhausted(errno):
		return say(Exhausted, "%v", errno)
	}
	return e
}

// bare strips what an fs error says beside its cause.
func bare(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

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
