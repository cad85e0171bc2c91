//go:build unix

package privatedir

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		name  string
		spoil func(root string) error
		want  string // part of the error, "" for none
	}{
		{"as made", func(string) error { return nil }, ""},
		{"others may read", func(root string) error { return os.Chmod(root, 0o755) }, ""},
		{"the root is writable by all", func(root string) error { return os.Chmod(root, 0o777) }, "written by other users"},
		{"the root is writable by the group", func(root string) error { return os.Chmod(root, 0o770) }, "can be written"},
		{"with the sticky bit", func(root string) error { return os.Chmod(root, 0o777|os.ModeSticky) }, "can be written"},
		{"a level is writable", func(root string) error { return os.Chmod(root+"/a", 0o777) }, "written by other users"},
		{"the last is writable", func(root string) error { return os.Chmod(root+"/a/b", 0o777) }, "written by other users"},
		{"a file is writable", func(root string) error { return os.Chmod(root+"/a/b/file", 0o666) }, ""},
		{"the root is a link", func(root string) error {
			return errors.Join(os.Rename(root, root+"~"), os.Symlink(root+"~", root))
		}, "is a link"},
		{"a level is a link", func(root string) error {
			return errors.Join(os.Rename(root+"/a", root+"/c"), os.Symlink("c", root+"/a"))
		}, "is a link"},
		{"the file is a link", func(root string) error {
			file := root + "/a/b/file"
			return errors.Join(os.Rename(file, file+"~"), os.Symlink(file+"~", file))
		}, "is a link"},
		{"the root is another's", func(root string) error { return chown(t, root) }, "another user"},
		{"a level is another's", func(root string) error { return chown(t, root+"/a") }, "another user"},
		{"the file is another's", func(root string) error { return chown(t, root+"/a/b/file") }, "another user"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			root := filepath.Join(t.TempDir(), "root")
			if err := Make(root, "a/b"); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(root+"/a/b/file", nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := tt.spoil(root); errors.Is(err, os.ErrPermission) {
				t.Skip("only root can give files away")
			} else if err != nil {
				t.Fatal(err)
			}
			err := Check(root, "a/b/file")
			var notPrivate *Error
			if tt.want == "" && err != nil ||
				tt.want != "" && (!errors.As(err, &notPrivate) || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

func chown(t *testing.T, path string) error {
	t.Helper()
	return os.Chown(path, 65534, -1)
}

func TestCheckMissing(t *testing.T) {
	root := filepath.Join(t.TempDir(), "root")
	if err := Check(root, ""); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v, want that it is not there", err)
	}
	if err := Make(root, "a"); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(root)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("made with mode %v, %v", info.Mode(), err)
	}
	if err := os.WriteFile(root+"/file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Make(root, "file"); err == nil {
		t.Error("a file was taken for a directory")
	}
	if err := Check(root, "a/none"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v, want that it is not there", err)
	}
}
