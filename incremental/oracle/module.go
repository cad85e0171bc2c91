package oracle

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/gorun-dev/gorun/incremental/direct"
)

// list asks the go command for the packages of the module that the target is built from.
func (o *oracle) list(ctx context.Context) ([]direct.Package, error) {
	list := []string{"go", "list", "-deps", "-json=ImportPath,Dir,GoFiles,CgoFiles,EmbedFiles,Standard,Module"}
	argv := slices.Concat(list, o.flags, o.target)
	out, stderr, err := runner(ctx, argv, o.dir, os.Environ())
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, stderr)
	}
	var found []direct.Package
	dec := json.NewDecoder(bytes.NewReader(out))
	for {
		var p struct {
			ImportPath, Dir               string
			GoFiles, CgoFiles, EmbedFiles []string
			Standard                      bool
			Module                        *struct{ Main bool }
		}
		if err := dec.Decode(&p); err == io.EOF {
			return found, nil
		} else if err != nil {
			return nil, err
		}
		if p.Module == nil || !p.Module.Main {
			continue
		}
		q := direct.Package{ImportPath: p.ImportPath}
		for _, f := range slices.Concat(p.GoFiles, p.CgoFiles) {
			q.GoFiles = append(q.GoFiles, filepath.Join(p.Dir, f))
		}
		for _, f := range p.EmbedFiles {
			q.EmbedFiles = append(q.EmbedFiles, filepath.Join(p.Dir, f))
		}
		found = append(found, q)
	}
}

func runner(ctx context.Context, argv []string, dir string, env []string) (stdout, stderr []byte, err error) {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = dir, env
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	err = cmd.Run()
	return o.Bytes(), e.Bytes(), err
}

func copyTree(to, from string) error {
	return filepath.WalkDir(from, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(from, p)
		switch {
		case d.IsDir() && d.Name() == ".git":
			return filepath.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, rel), 0o777)
		case d.Type().IsRegular():
			return copyFile(filepath.Join(to, rel), p)
		}
		return nil
	})
}

func copyFile(to, from string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o777)
}

func linkOrCopy(to, from string) error {
	if err := os.Link(from, to); err == nil {
		return nil
	}
	return copyFile(to, from)
}

// uncache removes the copy of an executable that go run keeps in GOCACHE (cmd/go/internal/cache, Go 1.24 and later): a
// thousand of them would fill the disk. They hold this run's temporary path, so they are nobody else's.
func uncache(gocache, exe string) error {
	f, err := os.Open(exe)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	sum := hex.EncodeToString(h.Sum(nil))
	err = os.RemoveAll(filepath.Join(gocache, sum[:2], sum+"-d"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
