//go:build amd64 || arm64

package exec

import (
	"encoding/binary"
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func init() {
	// status prints what the process has gained.
	helpers["status"] = func([]string) int {
		b, _ := os.ReadFile("/proc/self/status")
		for line := range strings.Lines(string(b)) {
			if f := strings.Fields(line); f[0] == "NoNewPrivs:" {
				fmt.Println(f[0], f[1])
			} else if f[0] == "Uid:" {
				fmt.Println(f[0], f[2]) // the effective one
			}
		}
		return 0
	}
	// keeping runs a program, whose file is named, with kept ports.
	helpers["keeping"] = func(args []string) int {
		ports, err := KeepPorts(func(format string, args ...any) {
			if line := fmt.Sprintf(format, args...); strings.Contains(line, "not kept") {
				fmt.Println(line)
			}
		}, nil)
		if err != nil {
			fmt.Println("no ports:", err)
			return 1
		}
		defer ports.Close()
		p, err := Start(Spec{Path: args[0], Args: []string{args[0], "helper", "status"}, Dir: args[1],
			Stdout: os.Stdout, Stderr: os.Stderr, Ports: ports})
		if err != nil {
			fmt.Println(err)
			return 1
		}
		<-p.Done()
		return p.Outcome().ExitStatus()
	}
}

// What keeps ports keeps a program from gaining privileges, so that the ports of a program
// that gains them are not kept, whichever way it came to be the program.
func TestProgramThatGainsPrivileges(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root, to make files that gain privileges")
	}
	if _, err := probe(); err != nil {
		t.Skip(err)
	}
	dir, err := os.MkdirTemp("", "gain")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil || fs.Flags&unix.ST_NOSUID != 0 {
		t.Skipf("set-user-ID has no effect here: %v", err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	image, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	var capability []byte // struct vfs_cap_data of linux/capability.h, revision 2, with "effective"
	for _, word := range []uint32{0x02000000 | 1, 1 << unix.CAP_NET_RAW, 0, 0, 0} {
		capability = binary.LittleEndian.AppendUint32(capability, word)
	}
	for _, tt := range []struct {
		name     string
		mode     os.FileMode
		uid, gid int
		caps     bool
		want     string // why ports are not kept
		user     string // the effective one
	}{
		{"plain", 0o755, 0, 0, false, "", "65534"},
		{"set-user-ID", 0o755 | os.ModeSetuid, 0, 0, false, "its set-user-ID bit", "0"},
		{"its own already", 0o755 | os.ModeSetuid, 65534, 65534, false, "", "65534"},
		{"set-group-ID", 0o755 | os.ModeSetgid, 65534, 0, false, "its set-group-ID bit", "65534"},
		{"mandatory locking", 0o745 | os.ModeSetgid, 65534, 0, false, "", "65534"},
		{"capabilities", 0o755, 0, 0, true, "its file capabilities", "65534"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(dir, "program")
			os.Remove(file)
			if err := os.WriteFile(file, image, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Chown(file, tt.uid, tt.gid); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(file, tt.mode); err != nil {
				t.Fatal(err)
			}
			if tt.caps {
				if err := unix.Setxattr(file, "security.capability", capability, 0); err != nil {
					t.Skip(err)
				}
			}
			gorun := filepath.Join(dir, "gorun")
			if _, err := os.Stat(gorun); err != nil {
				if err := os.WriteFile(gorun, image, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			cmd := osexec.Command(gorun, "helper", "keeping", "./program", dir)
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
			cmd.Dir = dir
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			lines := strings.Split(strings.TrimSpace(string(out)), "\n")
			var want []string
			if tt.want != "" {
				want = append(want, `ports: not kept: "./program" gains privileges by `+tt.want)
			}
			want = append(want, "Uid: "+tt.user)
			if tt.want == "" {
				want = append(want, "NoNewPrivs: 1")
			} else {
				want = append(want, "NoNewPrivs: 0")
			}
			if !slices.Equal(lines, want) {
				t.Errorf("%q, want %q", lines, want)
			}
			if how := GainsPrivileges(file, ""); how != "" {
				t.Errorf("root loses nothing, and not %s", how)
			}
		})
	}
}
