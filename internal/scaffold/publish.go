package scaffold

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// publish makes dir a directory with these files, or leaves everything as it was.
//
// The files are written into a directory with a name of its own first, on the same file system. Where
// dir is not there, that directory gets its name: a gorun that is killed leaves no half a project. A
// directory that is there stays the one it is, as somebody may be in it; the files are moved into it.
func publish(ctx context.Context, dir string, files []file) error {
	exists, err := checkEmpty(dir)
	switch {
	case err != nil:
		return err
	case exists:
		return publishIn(ctx, dir, files)
	}
	parent := filepath.Dir(dir)
	made, err := makeAll(parent)
	if err == nil {
		err = publishAs(ctx, dir, files)
	}
	if err != nil {
		for _, d := range made {
			os.Remove(d) // not what somebody else has begun to use
		}
	}
	return err
}

// publishAs makes the directory dir, whose parent is there.
func publishAs(ctx context.Context, dir string, files []file) error {
	stage, err := writeStage(ctx, filepath.Dir(dir), files)
	if err != nil {
		return err
	}
	if err := os.Rename(stage, dir); err != nil {
		return errors.Join(fmt.Errorf("making %q: %w", dir, cause(err)), os.RemoveAll(stage))
	}
	return nil
}

// publishIn fills the directory dir, which is empty.
func publishIn(ctx context.Context, dir string, files []file) error {
	stage, err := writeStage(ctx, dir, files)
	if err != nil {
		return err
	}
	return errors.Join(moveAll(stage, dir), os.RemoveAll(stage))
}

// moveAll moves what is in a directory into another one, or nothing of it.
func moveAll(from, to string) (err error) {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	var moved []string
	defer func() {
		if err == nil {
			return
		}
		for _, path := range moved {
			err = errors.Join(err, os.RemoveAll(path))
		}
	}()
	for _, e := range entries {
		path := filepath.Join(to, e.Name())
		// Rename would replace a file that somebody has written meanwhile.
		if _, err := os.Lstat(path); err == nil {
			return fmt.Errorf("%q appeared meanwhile", path)
		}
		if err := os.Rename(filepath.Join(from, e.Name()), path); err != nil {
			return fmt.Errorf("making %q: %w", path, cause(err))
		}
		moved = append(moved, path)
	}
	return nil
}

// writeStage writes the files into a new directory in parent, and returns it; after an error it is
// not there.
func writeStage(ctx context.Context, parent string, files []file) (stage string, err error) {
	stage = filepath.Join(parent, ".gorun-new-"+rand.Text())
	if err := os.Mkdir(stage, 0o777); err != nil {
		return "", fmt.Errorf("writing to %q: %w", parent, cause(err))
	}
	for _, f := range files {
		err := ctx.Err()
		if err == nil {
			err = f.write(stage)
		}
		if err != nil {
			return "", errors.Join(err, os.RemoveAll(stage))
		}
	}
	return stage, nil
}

// write writes the file below a directory.
func (f file) write(dir string) error {
	path := filepath.Join(dir, filepath.FromSlash(f.name))
	mode := fs.FileMode(0o666)
	if f.executable {
		mode = 0o777
	}
	err := os.MkdirAll(filepath.Dir(path), 0o777)
	if err == nil {
		err = os.WriteFile(path, []byte(f.text), mode)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", f.name, cause(err))
	}
	return nil
}

// makeAll makes a directory with those above it, and returns what it made, the lowest first, also
// with an error.
func makeAll(dir string) (made []string, err error) {
	switch info, err := os.Stat(dir); {
	case err == nil && info.IsDir():
		return nil, nil
	case err == nil:
		return nil, fmt.Errorf("%q is not a directory", dir)
	case !errors.Is(err, fs.ErrNotExist) || filepath.Dir(dir) == dir:
		return nil, fmt.Errorf("making %q: %w", dir, cause(err))
	}
	made, err = makeAll(filepath.Dir(dir))
	if err != nil {
		return made, err
	}
	if err := os.Mkdir(dir, 0o777); err != nil {
		return made, fmt.Errorf("making %q: %w", dir, cause(err))
	}
	return append([]string{dir}, made...), nil
}

// checkEmpty reports whether dir is there. The error says why it cannot get the project.
func checkEmpty(dir string) (exists bool, err error) {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := os.Lstat(dir); err == nil {
			return false, fmt.Errorf("%q is a link that leads nowhere", dir)
		}
		return false, nil
	case err != nil:
		return false, fmt.Errorf("reading %q: %w", dir, cause(err))
	case len(entries) > 0:
		return true, fmt.Errorf("%q has %q in it: a new project wants an empty directory, or one that is not there",
			dir, entries[0].Name())
	}
	return true, nil
}

// cause is what the system said, without the path that it was said of: the caller names the one that
// the user knows.
func cause(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return e.Err
	}
	return err
}
