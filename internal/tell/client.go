package tell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// whoPatience is how long a gorun may take to say who it is: it does nothing for
// that, but the machine may be busy.
const whoPatience = 2 * time.Second

// A Found is a gorun that runs.
type Found struct {
	Who  Who
	Hung bool // it does not answer; only Who.Pid is known

	by         transport
	dir, entry string
}

// Find returns the gorun of several directories, in the order of their process IDs.
// Entries of those that have been killed are taken away. The error is that of a directory
// that cannot be read, where nothing was found in another one.
func Find(dirs ...string) ([]Found, error) {
	var all []Found
	var errs []error
	for _, dir := range dirs {
		found, err := find(system, dir)
		all, errs = append(all, found...), append(errs, err)
	}
	if all != nil {
		slices.SortFunc(all, byPid)
		return all, nil
	}
	return nil, errors.Join(errs...)
}

func byPid(a, b Found) int { return a.Who.Pid - b.Who.Pid }

func find(by transport, dir string) ([]Found, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	var wg sync.WaitGroup // one for each entry
	var all []Found
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), by.ending()) {
			continue
		}
		wg.Go(func() {
			f := Found{by: by, dir: dir, entry: e.Name()}
			ctx, cancel := context.WithTimeout(context.Background(), whoPatience)
			defer cancel()
			r, err := f.ask(ctx, Request{Do: doWho}, nil)
			switch {
			case errors.Is(err, errStale):
				os.Remove(filepath.Join(dir, f.entry))
				return
			case err == nil && r.Who != nil:
				f.Who = *r.Who
			case err == nil:
				return // another version's; it has said what it has to say
			default:
				f.Hung = true
				fmt.Sscanf(f.entry, "%d", &f.Who.Pid)
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, f)
		})
	}
	wg.Wait()
	slices.SortFunc(all, byPid)
	return all, nil
}

// Ask asks for something and waits for what comes of it.
func (f Found) Ask(ctx context.Context, r Request) (Reply, error) {
	return f.ask(ctx, r, nil)
}

// AskLast is Ask for a gorun's end: it returns when its process is gone.
func (f Found) AskLast(ctx context.Context, r Request) (Reply, error) {
	return f.ask(ctx, r, func(rest io.Reader) { io.Copy(io.Discard, rest) })
}

func (f Found) ask(ctx context.Context, r Request, last func(io.Reader)) (Reply, error) {
	c, secret, err := f.by.dial(f.dir, f.entry)
	if err != nil {
		return Reply{}, err
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })()
	r.Version, r.Secret = version, secret
	var reply Reply
	if err = writeLine(c, r); err == nil {
		err = readLine(c, replyLimit, &reply)
	}
	switch {
	case ctx.Err() != nil:
		return reply, ctx.Err()
	case err != nil:
		return reply, fmt.Errorf("gorun (pid %d) ended before it answered", f.Who.Pid)
	case reply.Version != version:
		return reply, fmt.Errorf("gorun (pid %d) speaks version %d of the protocol, not %d: "+
			"both have to be of one version", f.Who.Pid, reply.Version, version)
	}
	if last != nil && reply.Error == "" {
		last(c)
	}
	return reply, nil
}
