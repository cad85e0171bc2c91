package startcache

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/internal/privatedir"
)

const (
	// claimPatience is how long a start waits for another one that builds the
	// same. A first build of a large program takes that long; a builder that was
	// stopped with ^Z is not waited for any longer.
	claimPatience = 2 * time.Minute

	// recordPatience is how long a start waits for the record at least, once the build
	// is over; most records take a tenth of it. Where the build has taken long, as on a
	// busy machine, a start waits recordBuilds times as long as the build has taken: the
	// recorder asks the go command three times, and a start that stops waiting has to
	// build, too, as do all others that wait with it.
	recordPatience = 3 * time.Second
	recordBuilds   = 4

	// claimInterval is how often a waiting start tries the lock.
	claimInterval = 5 * time.Millisecond
)

// A Claim is the right to build for a key and to record that: a lock on a file. A
// process that inherits the file has the claim, too.
type Claim struct {
	File  *os.File // open for as long as others are to wait
	since time.Time
}

// What the file of a claim holds: how long the build has taken, once it is over, and
// two marks of those who wait.
const (
	awaitedAt = 64 + iota // somebody has waited for the claim
	inVainAt              // somebody has waited for the record as long as one does
)

// Claim asks for the right to build. Where another process has it, Claim waits until
// that one is done, and returns neither a claim nor an error: what was built is
// recorded now, or will not be soon.
func (x *Index) Claim(ctx context.Context, k Key) (*Claim, error) {
	if err := privatedir.Make(x.cache, indexName); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(x.dir, k.String()+".lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	switch ok, err := tryLock(f, true); {
	case err != nil:
		f.Close()
		return nil, fmt.Errorf("locking %s: %w", f.Name(), err)
	case ok:
		// What the process that had the claim before has written does not count.
		if err := f.Truncate(0); err != nil {
			f.Close()
			return nil, err
		}
		return &Claim{File: f, since: time.Now()}, nil
	}
	defer f.Close()
	return nil, await(ctx, f)
}

// TryClaim is Claim for those who need not build if another process does: it does not
// wait.
func (x *Index) TryClaim(k Key) (*Claim, error) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return x.Claim(ctx, k)
}

// Built says that the build is over and only the record is to come: from now on the
// file says how long the build has taken.
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

// await waits until nobody has the claim of the file f any more, or until it has waited
// long enough, which is no error.
func await(ctx context.Context, f *os.File) error {
	ctx, cancel := context.WithTimeout(ctx, claimPatience)
	defer cancel()
	tick := time.NewTicker(claimInterval)
	defer tick.Stop()
	var late <-chan time.Time // set when the build is over: when the record is late
	isLate := false
	for {
		// In each round: the process that has the claim may have emptied the file since.
		if ctx.Err() == nil && !Awaited(f) {
			mark(f, awaitedAt)
		}
		if late == nil {
			if took, ok := buildTime(f); ok {
				late = time.After(max(recordPatience, recordBuilds*took))
			}
		}
		if late != nil && marked(f, inVainAt) {
			return nil
		}
		if ok, err := tryLock(f, false); err != nil || ok {
			return err
		}
		if isLate {
			// A recorder that gets no processor makes one start wait in vain, not each.
			mark(f, inVainAt)
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-late:
			isLate = true
		case <-tick.C:
		}
	}
}

// Awaited reports whether another start has waited for a claim, given its file.
func Awaited(f *os.File) bool { return marked(f, awaitedAt) }

func mark(f *os.File, at int64) { _, _ = f.WriteAt([]byte{'x'}, at) }

func marked(f *os.File, at int64) bool {
	var b [1]byte
	n, _ := f.ReadAt(b[:], at)
	return n == 1 && b[0] != 0
}

// buildTime returns how long the build of a claim has taken, if it is over.
func buildTime(f *os.File) (took time.Duration, over bool) {
	b := make([]byte, awaitedAt)
	n, _ := f.ReadAt(b, 0)
	line, _, whole := strings.Cut(string(b[:n]), "\n")
	took, err := time.ParseDuration(line)
	return took, whole && err == nil
}
