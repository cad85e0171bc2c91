//go:build unix

package scripttest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"

	"github.com/gorun-dev/gorun/internal/proctest"
)

// edit FILE OLD NEW replaces a text in a file in one write, as an editor that
// saves in place.
func cmdEdit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: edit FILE OLD NEW")
	}
	old := ts.ReadFile(args[0])
	if !strings.Contains(old, args[1]) {
		ts.Fatalf("%s does not contain %q", args[0], args[1])
	}
	unescape := strings.NewReplacer(`\n`, "\n", `\t`, "\t").Replace
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(old, args[1], unescape(args[2]), 1)), 0o666))
}

// found FILE waits until there is a file.
func cmdFound(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: found FILE")
	}
	file := ts.MkAbs(args[0])
	if !proctest.Eventually(func() bool { _, err := os.Stat(file); return err == nil }, nil) {
		ts.Fatalf("no file %s", file)
	}
}

// tree DIR FILE writes to FILE what there is in DIR: names, modes and sizes.
func cmdTree(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: tree DIR FILE")
	}
	var list strings.Builder
	root := ts.MkAbs(args[0])
	ts.Check(filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		size := info.Size()
		if d.IsDir() {
			size = 0
		}
		fmt.Fprintln(&list, strings.TrimPrefix(path, root), info.Mode(), size)
		return nil
	}))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(list.String()), 0o666))
}

// proxy DIR MODULE@VERSION SOURCE puts a module into a directory for GOPROXY.
func cmdProxy(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: proxy DIR MODULE@VERSION SOURCE")
	}
	path, version, _ := strings.Cut(args[1], "@")
	dir := filepath.Join(ts.MkAbs(args[0]), filepath.FromSlash(path), "@v")
	ts.Check(os.MkdirAll(dir, 0o777))
	write := func(name, text string) {
		ts.Check(os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
	}
	write("list", version+"\n")
	write(version+".info", fmt.Sprintf("{%q: %q}\n", "Version", version))
	write(version+".mod", ts.ReadFile(filepath.Join(args[2], "go.mod")))
	f, err := os.Create(filepath.Join(dir, version+".zip"))
	ts.Check(err)
	ts.Check(zip.CreateFromDir(f, module.Version{Path: path, Version: version}, ts.MkAbs(args[2])))
	ts.Check(f.Close())
}
