package stamp

import (
	"os"
	"path/filepath"
	"testing"
)

// However metadata is asked for, it is the same: a stamp of one way is compared
// with metadata of the other.
func TestStatIsOsStat(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	write(t, file, "content")
	for _, mode := range []os.FileMode{0o400, 0o644, 0o755 | os.ModeSetuid} {
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{file, dir, os.DevNull} {
			want, err := statInfo(path)
			if err != nil {
				t.Fatal(err)
			}
			if got := Stat(path); got != want || got.State == Unseen {
				t.Errorf("%s, mode %v: %+v, by os.Stat %+v", path, mode, got, want)
			}
		}
	}
}
