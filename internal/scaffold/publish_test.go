package scaffold

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// good can be written; of bad only the first file can.
var (
	good = []file{{name: "a/b", text: "text"}, {name: "run", text: "#!", executable: true}}
	bad  = []file{{name: "a", text: "text"}, {name: "a/b", text: "below a file"}}
)

// tree lists what is in a directory, links not followed.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil {
			rel, _ := filepath.Rel(dir, path)
			fmt.Fprintln(&b, filepath.ToSlash(rel), d.Type())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// emptyDir returns a directory with an empty one in it, and what they look like.
func emptyDir(t *testing.T) (root, dir, before string) {
	t.Helper()
	root = t.TempDir()
	dir = filepath.Join(root, "dir")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return root, dir, tree(t, root)
}

func TestPublish(t *testing.T) {
	_, empty, _ := emptyDir(t)
	was, err := os.Stat(empty)
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{empty, filepath.Join(t.TempDir(), "new"), filepath.Join(t.TempDir(), "x", "y", "new")} {
		if err := publish(t.Context(), dir, good); err != nil {
			t.Fatal(err)
		}
		if got, want := tree(t, dir), ". d---------\na d---------\na/b ----------\nrun ----------\n"; got != want {
			t.Errorf("got\n%swant\n%s", got, want)
		}
		if info, err := os.Stat(filepath.Join(dir, "run")); err != nil || runtime.GOOS != "windows" && info.Mode()&0o100 == 0 {
			t.Errorf("run is not executable: %v", err)
		}
	}
	if is, err := os.Stat(empty); err != nil || !os.SameFile(was, is) {
		t.Errorf("a directory that was there is another one now: %v", err)
	}
}

// A failure leaves nothing that was not there.
func TestPublishFails(t *testing.T) {
	root, empty, before := emptyDir(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, dir := range []string{empty, filepath.Join(root, "new"), filepath.Join(root, "x", "y", "new")} {
		if err := publish(t.Context(), dir, bad); err == nil || !strings.HasPrefix(err.Error(), "writing a/b: ") {
			t.Errorf("%s: got error %v", dir, err)
		}
		if err := publish(ended, dir, good); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got error %v", dir, err)
		}
		if after := tree(t, root); after != before {
			t.Fatalf("%s: left behind:\n%s", dir, after)
		}
	}
}

func TestPublishRefuses(t *testing.T) {
	root, dir, _ := emptyDir(t)
	err := errors.Join(os.WriteFile(filepath.Join(dir, ".git"), nil, 0o666),
		os.WriteFile(filepath.Join(root, "file"), nil, 0o666))
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]string{
		dir:                                   `has ".git" in it`,
		filepath.Join(root, "file"):           "reading",
		filepath.Join(root, "file", "new"):    "",
		filepath.Join(root, "file", "x", "y"): "",
	}
	if os.Symlink("nowhere", filepath.Join(root, "link")) == nil {
		cases[filepath.Join(root, "link")] = "is a link that leads nowhere"
	}
	if runtime.GOOS == "linux" {
		cases["/proc/new"] = `writing to "/proc": `
		cases["/proc/x/new"] = `making "/proc/x": `
	}
	before := tree(t, root)
	for dir, want := range cases {
		err := publish(t.Context(), dir, good)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got error %v, want one line with %q", dir, err, want)
		}
	}
	if after := tree(t, root); after != before {
		t.Errorf("left behind:\n%s", after)
	}
}

// What somebody else writes at the same time stays, and nothing else does.
func TestMoveAllMeets(t *testing.T) {
	_, dir, _ := emptyDir(t)
	if err := os.WriteFile(filepath.Join(dir, "run"), []byte("another's"), 0o666); err != nil {
		t.Fatal(err)
	}
	before := tree(t, dir)
	stage, err := writeStage(t.Context(), t.TempDir(), good)
	if err != nil {
		t.Fatal(err)
	}
	if err := moveAll(stage, dir); err == nil || !strings.Contains(err.Error(), "appeared meanwhile") {
		t.Errorf("got error %v", err)
	}
	if after := tree(t, dir); after != before {
		t.Errorf("left behind:\n%s", after)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "run")); err != nil || string(text) != "another's" {
		t.Errorf("run is now %q (%v)", text, err)
	}
}
