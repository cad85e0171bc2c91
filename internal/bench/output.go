package main

import (
	"os"
	"slices"
	"sync"
)

// output is what a tool has printed, bounded.
type output struct {
	mu  sync.Mutex
	buf []byte
	wg  sync.WaitGroup
}

// pipe returns a file whose content is kept. The caller closes it; what is
// started with it keeps it open.
func (o *output) pipe() (*os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	o.wg.Go(func() {
		defer r.Close()
		buf := make([]byte, 4096)
		for {
			n, err := r.Read(buf)
			o.mu.Lock()
			o.buf = append(o.buf, buf[:n]...)
			if len(o.buf) > 1<<20 {
				o.buf = slices.Clone(o.buf[1<<19:])
			}
			o.mu.Unlock()
			if err != nil {
				return
			}
		}
	})
	return w, nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.buf)
}
