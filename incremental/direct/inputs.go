package direct

import (
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gorun-dev/gorun/incremental/recipe"
	"github.com/gorun-dev/gorun/internal/stamp"
)

// inputs are what the go command read for the recipe beyond the files that a Session compares by
// content: the files of packages that nobody is expected to edit, in the module cache and the
// toolchain, and which names there are in directories that decide the build. No watcher need see
// a change of them: somebody may put a Println into a dependency, and -exclude keeps what it names
// from starting a build. The go command would see it, so no build may be direct then. To compare
// them takes 13 ms for caddy (1017 packages, 6362 paths), beside a build of seconds.
type inputs struct {
	files map[string]stamp.Stamp            // and directories, whose metadata says whether names came or went
	names map[string][]string               // by directory: the names that count
	count map[string]func(name string) bool // by directory: whether a name counts
}

// readInputs records the inputs as they are: of what the go command listed all but the files that
// are known, and of the directories the names that count.
func readInputs(list map[string]recipe.Listed, known map[string]source, dirs map[string]func(string) bool) *inputs {
	in := &inputs{files: make(map[string]stamp.Stamp), names: make(map[string][]string), count: dirs}
	add := func(path string) {
		if _, ok := in.files[path]; !ok {
			in.files[path] = lookUp(path)
		}
	}
	for _, p := range list {
		workspace := slices.ContainsFunc(p.GoFiles, func(f string) bool { _, ok := known[f]; return ok })
		for _, f := range slices.Concat(p.GoFiles, p.Others) {
			if _, ok := known[f]; ok {
				continue
			}
			if add(f); !workspace {
				add(filepath.Dir(f))
			}
		}
	}
	for dir := range dirs {
		in.names[dir] = in.list(dir)
	}
	return in
}

// An InputChange is an input that is not what it was when the recipe was read; the zero
// InputChange is none.
type InputChange struct {
	Path string
	What string // has happened to it
}

func (c InputChange) String() string { return c.Path + " " + c.What }

// lookUp returns the metadata of a path; also the content of a file that is so young that its
// metadata proves nothing.
func lookUp(path string) stamp.Stamp {
	s := stamp.ReadMeta(path)
	if s.State == stamp.File && !s.Conclusive {
		s, _ = stamp.Of(path) // a file that cannot be read has no sum, and is never the same
	}
	return s
}

func (in *inputs) list(dir string) []string {
	list, _ := os.ReadDir(dir) // sorted; a directory that is not there has no names
	var names []string
	for _, e := range list {
		if in.count[dir](e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names
}

// since returns an input that had changed since a moment when the inputs were read.
func (in *inputs) since(t time.Time) InputChange {
	var found InputChange
	for path, s := range in.files {
		switch {
		case s.Newest().Before(t):
		case s.State == stamp.File:
			return InputChange{path, "changed"}
		case s.State == stamp.Dir:
			found = InputChange{path, "changed"}
		}
	}
	return found
}

// changed returns an input that is not what it was.
func (in *inputs) changed() InputChange {
	for path, s := range in.files {
		now := stamp.Stat(path)
		if s.Meta == now && (s.Conclusive || s.State != stamp.File) {
			continue
		}
		if s.Conclusive || s.Sum == (stamp.Stamp{}).Sum {
			return InputChange{path, "changed"}
		}
		if again, err := stamp.Of(path); err != nil || again.Sum != s.Sum {
			return InputChange{path, "changed"}
		}
	}
	for dir, names := range in.names {
		if !slices.Equal(in.list(dir), names) {
			return InputChange{dir, "has another list of files"}
		}
	}
	return InputChange{}
}

// check begins to compare while the build goes on; the function that it returns waits for the end
// and says what changed does.
func (in *inputs) check() (changed func() InputChange) {
	done := make(chan InputChange, 1)
	go func() { done <- in.changed() }()
	return func() InputChange { return <-done }
}
