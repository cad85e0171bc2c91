package startcache

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/incremental"
)

const (
	// refusalAge is how long it is believed that nothing can be recorded of a
	// program: until then its starts do not ask again, which would cost half a
	// second of a processor each.
	refusalAge = 10 * time.Minute

	// claimPatience is how long a start waits for another one that builds the
	// same. A first build of a large program takes that long; a builder that was
	// stopped with ^Z is not waited for any longer.
	claimPatience = 2 * time.Minute

	// recordPatience is how long of that is for the recorder, once the build is
	// over, at the least; most records take a tenth of it. Where the build has taken
	// long, as on a busy machine, it is recordBuilds times as long: the recorder asks
	// the go command three times, and a start that waits no more has to build, too,
	// as nineteen others may.
	recordPatience = 3 * time.Second
	recordBuilds   = 4

	// claimInterval is how often a waiting start looks.
	claimInterval = 5 * time.Millisecond

	// leftoverAge is when what a killed gorun has left half made is removed.
	leftoverAge = time.Hour
)

// A Book is the directory of records. Several gorun may use one at a time: records
// are replaced as a whole, never written to.
type Book struct {
	dir   string
	store *incremental.Store
}

// OpenBook returns the records below gorun's cache directory, whose executables are in
// the store. The directory is made when something is written.
func OpenBook(cache string, store *incremental.Store) *Book {
	return &Book{dir: filepath.Join(cache, "start"), store: store}
}

func (b *Book) file(k Key) string { return filepath.Join(b.dir, k.String()+".rec") }

// A Found is what a Book has of a start.
type Found struct {
	Exe     *incremental.Executable // nil if there must be a build; Dir is not set
	Why     string                  // why there must
	Refused bool                    // and it is of no use to record that build
}

// Find looks for an executable that can be started without a build.
func (b *Book) Find(k Key) Found {
	file := b.file(k)
	data, err := os.ReadFile(file)
	if err != nil {
		return Found{Why: "not recorded"}
	}
	r, err := decode(data)
	if err != nil {
		return Found{Why: err.Error()}
	}
	if r.refusal != "" {
		info, err := os.Stat(file)
		fresh := err == nil && time.Since(info.ModTime()).Abs() < refusalAge
		return Found{Why: "not recorded: " + r.refusal, Refused: fresh}
	}
	exe := b.store.Reuse(r.entry, r.name)
	if exe == nil || exeMeta(exe.Path) != r.exe {
		return Found{Why: "the executable is not in the store any more"}
	}
	diff, renewed := r.check(false)
	if diff != "" {
		return Found{Why: diff + " is not as it was"}
	}
	if renewed {
		_ = b.replace(k, r) // or the next start reads the files again
	}
	exe.PATH = r.path
	return Found{Exe: exe}
}

// write makes the directory and writes a record.
func (b *Book) write(k Key, r *record) error {
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return err
	}
	return b.replace(k, r)
}

// replace writes a record where there is a directory for it. It has its name last, when
// it is whole.
func (b *Book) replace(k Key, r *record) error {
	f, err := os.CreateTemp(b.dir, k.String()+".*.tmp") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(r.encode())
	err = cmp.Or(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), b.file(k))
	}
	if err != nil {
		f.Close()
		os.Remove(f.Name())
	}
	return err
}

// A Claim is the right to build for a key and record that.
type Claim struct {
	File  *os.File // open as long as others are to wait; a process that inherits it has the claim, too
	since time.Time
}

// Built says that the build is over and only the record is to come: how long it has
// taken is in the claim's file then.
func (c *Claim) Built() error {
	_, err := c.File.WriteAt([]byte(time.Since(c.since).String()+"\n"), 0)
	return err
}

// Close gives the claim up in this process.
func (c *Claim) Close() {
	if c != nil {
		c.File.Close()
	}
}

// Claim asks for the right to build. Without one, and without an error, somebody
// else had it and is done: what was built is recorded now, or will not be soon.
func (b *Book) Claim(ctx context.Context, k Key) (*Claim, error) {
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(b.dir, k.String()+".lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	switch ok, err := tryLock(f, true); {
	case err != nil:
		f.Close()
		return nil, fmt.Errorf("locking %s: %w", f.Name(), err)
	case ok:
		// Of whoever had it before.
		if err := f.Truncate(0); err != nil {
			f.Close()
			return nil, err
		}
		return &Claim{File: f, since: time.Now()}, nil
	}
	defer f.Close()
	ctx, cancel := context.WithTimeout(ctx, claimPatience)
	defer cancel()
	tick := time.NewTicker(claimInterval)
	defer tick.Stop()
	var over <-chan time.Time // set when the build is seen to be over
	late := false
	for {
		// Again if need be: whoever has the claim may just have emptied the file.
		if ctx.Err() == nil && !Awaited(f) {
			mark(f, awaitedAt)
		}
		if over == nil {
			if took, ok := built(f); ok {
				over = time.After(max(recordPatience, recordBuilds*took))
			}
		}
		if over != nil && marked(f, inVainAt) {
			return nil, nil
		}
		if ok, err := tryLock(f, false); err != nil || ok {
			return nil, err
		}
		if late {
			// A recorder that gets no processor makes one start late, not each.
			mark(f, inVainAt)
			return nil, nil
		}
		select {
		case <-ctx.Done():
			return nil, nil
		case <-over:
			late = true
		case <-tick.C:
		}
	}
}

// What the file of a claim holds: how long the build has taken, once it is over, and
// two marks.
const (
	awaitedAt = 64 + iota // somebody has waited for the claim
	inVainAt              // somebody has waited for the record as long as one does
)

// Awaited reports whether another start has waited for a claim, given its file.
func Awaited(f *os.File) bool { return marked(f, awaitedAt) }

func mark(f *os.File, at int64) { _, _ = f.WriteAt([]byte{'x'}, at) }

func marked(f *os.File, at int64) bool {
	var b [1]byte
	n, _ := f.ReadAt(b[:], at)
	return n == 1 && b[0] != 0
}

// built returns how long the build of a claim has taken, if it is over.
func built(f *os.File) (took time.Duration, ok bool) {
	b := make([]byte, awaitedAt)
	n, _ := f.ReadAt(b, 0)
	line, _, whole := strings.Cut(string(b[:n]), "\n")
	took, err := time.ParseDuration(line)
	return took, whole && err == nil
}

// TryClaim is Claim for those who need not build if somebody else does.
func (b *Book) TryClaim(k Key) (*Claim, error) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return b.Claim(ctx, k)
}

// Trim removes records whose executable is gone, and leftovers.
func (b *Book) Trim() error {
	list, err := os.ReadDir(b.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	var errs []error
	for _, d := range list {
		info, err := d.Info()
		if err != nil {
			continue
		}
		path := filepath.Join(b.dir, d.Name())
		if !strings.HasSuffix(path, ".rec") {
			if time.Since(info.ModTime()).Abs() > leftoverAge && b.idle(path) {
				errs = append(errs, os.Remove(path))
			}
			continue
		}
		r, err := readHead(path)
		if err == nil && r.refusal == "" && b.store.Reuse(r.entry, r.name) != nil ||
			err == nil && r.refusal != "" && time.Since(info.ModTime()).Abs() < refusalAge {
			continue
		}
		errs = append(errs, os.Remove(path))
	}
	return errors.Join(errs...)
}

// idle reports whether a leftover is nobody's: of a lock, that nobody holds it.
func (b *Book) idle(path string) bool {
	if !strings.HasSuffix(path, ".lock") {
		return true
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	ok, err := tryLock(f, true)
	return ok && err == nil
}

// Clean removes all records.
func (b *Book) Clean() error { return os.RemoveAll(b.dir) }

// readHead reads what stands before the directories, without checking the sum.
func readHead(path string) (*record, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	buf := make([]byte, 64<<10) // PATH is in it
	n, _ := f.Read(buf)
	return decodeHead(buf[:n])
}
