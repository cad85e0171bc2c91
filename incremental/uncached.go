package incremental

// The go command knows the files in a package's directory, and not what the C compiler and
// the linker read elsewhere: a header in a directory of -I, a library. When one of those has
// changed it takes the package from GOCACHE as it was compiled before, and go run starts a
// stale program. Here that package is compiled again: an -overlay gives one of its Go files
// a last line that changes with those files.
//
// Rejected: -a, which compiles everything; a variable such as CGO_CFLAGS, which compiles every
// package with cgo, runtime/cgo among them; and an overlay that adds a header to the package,
// with which the go command compiles its C files in another directory.

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"unicode/utf8"

	"github.com/gorun-dev/gorun/depgraph"
	"github.com/gorun-dev/gorun/incremental/direct"
	"github.com/gorun-dev/gorun/incremental/equal"
)

// uncachedFiles are those of the newest graph. A graph is loaded beside the build.
type uncachedFiles struct {
	mu       sync.Mutex
	list     depgraph.Uncached // under mu
	followed bool              // list is that of a graph; under mu
}

// Expect says what an earlier gorun knew of files that the go command does not know. It counts
// until there is a graph.
func (b *Builder) Expect(list depgraph.Uncached) {
	b.uncached.mu.Lock()
	defer b.uncached.mu.Unlock()
	if !b.uncached.followed {
		b.uncached.list = list
	}
}

// Follow says which graph the next builds are of. It may be called from any goroutine.
func (b *Builder) Follow(g *depgraph.Graph) {
	list := g.Uncached()
	b.uncached.mu.Lock()
	defer b.uncached.mu.Unlock()
	b.uncached.list, b.uncached.followed = list, true
}

// An uncachedFlag makes the go command compile again what it would take from GOCACHE.
type uncachedFlag struct {
	flags []string // none or one
	sum   string   // of what there is to compile again; "" if there is nothing
	dir   string   // where the overlay is
}

// remove removes the overlay. Nobody needs it when the go command has ended.
func (f uncachedFlag) remove() {
	if f.dir != "" {
		os.RemoveAll(f.dir)
	}
}

// uncachedFlag writes an overlay into a directory, where there has to be one.
func (b *Builder) uncachedFlag(dir string) (f uncachedFlag, err error) {
	b.uncached.mu.Lock()
	list := b.uncached.list
	b.uncached.mu.Unlock()
	if len(list.Packages) == 0 {
		return f, nil
	}
	if dir, err = os.MkdirTemp(dir, "overlay"); err != nil {
		return f, fmt.Errorf("%w: %w", ErrStore, err)
	}
	defer func() {
		if err != nil {
			os.RemoveAll(dir)
		}
	}()
	all := sha256.New()
	replace := map[string]string{}
	maps.Copy(replace, list.Replace)
	for i, p := range list.Packages {
		src, err := os.ReadFile(p.Content)
		if err != nil || !parses(src) || !utf8.ValidString(p.Source) {
			continue // JSON cannot name it; or the build fails, and its messages are to be those of the file
		}
		sum := sumOf(p.Files)
		fmt.Fprintf(all, "%s %s\n", p.Source, sum)
		file := filepath.Join(dir, fmt.Sprintf("%d-%s", i, filepath.Base(p.Source)))
		line := "// files elsewhere: " + sum
		if p.Linked {
			// Something that is in the archive, so that the program is linked again, and that
			// the linker leaves out.
			line = "var gorunLinks" + sum + " byte"
		}
		if err := os.WriteFile(file, fmt.Appendf(bytes.Clone(src), "\n%s\n", line), 0o600); err != nil {
			return f, fmt.Errorf("%w: %w", ErrStore, err)
		}
		replace[p.Source] = file
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return f, err
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, overlay, 0o600); err != nil {
		return f, fmt.Errorf("%w: %w", ErrStore, err)
	}
	return uncachedFlag{[]string{"-overlay=" + file}, hex.EncodeToString(all.Sum(nil)), dir}, nil
}

// parses reports whether the go command can read a Go file.
func parses(src []byte) bool {
	_, err := parser.ParseFile(token.NewFileSet(), "", src, parser.SkipObjectResolution)
	return err == nil
}

// sumOf hashes the names and contents of files.
func sumOf(files []string) string {
	h := sha256.New()
	for _, file := range files {
		content, err := os.ReadFile(file)
		fmt.Fprintf(h, "%s %d %v\n", file, len(content), err == nil)
		h.Write(content)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// compiledWithOld finds out whether a program of the go command's holds older contents of files
// that the go command does not know. That is asked once for each content: of a program that was
// built before there was a graph.
func (b *Builder) compiledWithOld(ctx context.Context, g *depgraph.Graph, running *Executable) bool {
	if len(g.Uncached().Packages) == 0 || running.uncached != "" || !sleep(ctx, b.cfg.PrepareAfter) {
		return false
	}
	var r Result
	_, ok := whileQuiet(ctx, g, func() bool {
		r.Exe.Remove()
		r = b.goRunIdle(ctx)
		return r.Exe != nil
	})
	defer r.Exe.Remove()
	if !ok {
		return false
	}
	same, err := equal.Program(running.Path, r.Exe.Path)
	if err != nil {
		return false
	}
	running.uncached = r.Exe.uncached
	if same {
		return false
	}
	b.unwatched(direct.InputChange{Path: g.Uncached().Packages[0].Files[0], What: "is newer than what was compiled of it"})
	return true
}
