package watch

import (
	"path/filepath"
	"slices"
)

// trees says which directories are watched through which tree, for backends that
// watch a directory with all below it. No tree lies within another. The zero
// trees is empty.
type trees struct {
	of map[string]string // directory → root of its tree
}

// join adds dir to the tree that holds it, if there is one.
func (t *trees) join(dir string) bool {
	roots := t.roots()
	for at := dir; ; at = filepath.Dir(at) {
		if roots[at] {
			t.of[dir] = at
			return true
		}
		if at == filepath.Dir(at) {
			return false
		}
	}
}

// plant makes dir the root of a new tree and returns the roots of the trees
// that it takes in.
func (t *trees) plant(dir string) (inner []string) {
	for root := range t.roots() {
		for at := root; at != filepath.Dir(at); at = filepath.Dir(at) {
			if filepath.Dir(at) == dir {
				inner = append(inner, root)
				break
			}
		}
	}
	for d, root := range t.of {
		if slices.Contains(inner, root) {
			t.of[d] = dir
		}
	}
	if t.of == nil {
		t.of = make(map[string]string)
	}
	t.of[dir] = dir
	return inner
}

// leave removes dir, and says whether it was the last directory of its tree.
func (t *trees) leave(dir string) (root string, last bool) {
	root, ok := t.of[dir]
	delete(t.of, dir)
	return root, ok && !t.roots()[root]
}

func (t *trees) roots() map[string]bool {
	roots := make(map[string]bool)
	for _, root := range t.of {
		roots[root] = true
	}
	return roots
}
