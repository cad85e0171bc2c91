package stamp

import (
	"math"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// mapped writes a file and returns a shared mapping of it, with no descriptor open.
func mapped(t *testing.T, path string) []byte {
	t.Helper()
	write(t, path, "aaaa")
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := syscall.Mmap(int(f.Fd()), 0, 4, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Munmap(m) })
	return m
}

// directories are one of the usual file system, and one of tmpfs where there is one.
func directories(t *testing.T) map[string]string {
	dirs := map[string]string{"a disk": t.TempDir()}
	if dir, err := os.MkdirTemp("/dev/shm", "gorun-stamp-"); err == nil {
		t.Cleanup(func() { os.RemoveAll(dir) })
		dirs["tmpfs"] = dir
	}
	return dirs
}

// A store through a mapping need not move any time of the file: the kernel notices only
// the first one to a page that has been written back, on tmpfs perhaps none. Whatever
// the stamp, a content that differs must be seen.
func TestStoreThroughMapping(t *testing.T) {
	if testing.Short() {
		t.Skip("waits until files are older than the gap")
	}
	type file struct {
		fs, how, before string
		path            string
		mapping         []byte
	}
	stampBy := map[string]func(string) (Stamp, error){"Of": Of, "Flushed": Flushed}
	var files []file
	for fs, dir := range directories(t) {
		for how := range stampBy {
			for _, before := range []string{"nothing", "read", "written"} {
				f := file{fs: fs, how: how, before: before, path: filepath.Join(dir, how+before)}
				f.mapping = mapped(t, f.path)
				switch before {
				case "read":
					_ = string(f.mapping)
				case "written":
					f.mapping[0] = 'b'
				}
				files = append(files, f)
			}
		}
	}
	time.Sleep(safetyGap + 100*time.Millisecond) // now all times are old
	for _, f := range files {
		t.Run(f.fs+", "+f.how+", "+f.before, func(t *testing.T) {
			s, err := stampBy[f.how](f.path)
			if err != nil {
				t.Fatal(err)
			}
			if f.fs == "a disk" && f.how == "Flushed" && !s.Conclusive && !inMemory(t, f.path) {
				t.Error("a file that was written to the disk is not conclusive")
			}
			f.mapping[0] = 'c'
			if got, _, err := s.Check(f.path); got != Changed || err != nil {
				t.Errorf("Check = %v, %v, want changed", got, err)
			}
		})
	}
}

// inMemory reports whether a file is on tmpfs, as the test's directory may be.
func inMemory(t *testing.T, path string) bool {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(path, &fs); err != nil {
		t.Fatal(err)
	}
	return uint32(fs.Type) == tmpfsMagic
}

// The stamp of a file is conclusive without a flush once the system must have written it to the disk.
func TestWritebackTime(t *testing.T) {
	p := filepath.Join(t.TempDir(), "a.go")
	write(t, p, "a")
	if inMemory(t, p) {
		t.Skip("nothing is written to a disk here")
	}
	f, err := os.Open(p)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m := Stat(p)
	for age, want := range map[time.Duration]bool{
		safetyGap + time.Second: false, writebackTime() - time.Second: false, writebackTime() + time.Second: true,
	} {
		if writebackTime() == math.MaxInt64 {
			want = false
		}
		if got := m.timesTell(f, m.Newest().Add(age), false); got != want {
			t.Errorf("the times tell after %v: %v, want %v", age, got, want)
		}
	}
}
