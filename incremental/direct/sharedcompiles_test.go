package direct

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// Of those that want the same compile one does it; where that one fails, or its archive is gone,
// another one does.
func TestSharedCompiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		archive := filepath.Join(dir, "a.a")
		var cs Compiles
		var compiled, copied atomic.Int32
		goOn := make(chan struct{})
		share := func(ctx context.Context, i string, compile func() (string, error)) error {
			was, err := cs.share(ctx, "one", filepath.Join(dir, i), func() (string, error) {
				compiled.Add(1)
				return compile()
			})
			if was {
				copied.Add(1)
			}
			return err
		}
		write := func() (string, error) {
			<-goOn
			return archive, os.WriteFile(archive, []byte("archive"), 0o600)
		}
		go share(t.Context(), "1", write)
		synctest.Wait()
		go share(t.Context(), "2", write)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := share(ctx, "3", write); err != context.Canceled {
			t.Errorf("whoever waits and is cancelled gets %v", err)
		}
		close(goOn)
		synctest.Wait()
		if compiled.Load() != 1 || copied.Load() != 1 {
			t.Errorf("compiled %d times, copied %d times", compiled.Load(), copied.Load())
		}
		if text, err := os.ReadFile(filepath.Join(dir, "2")); string(text) != "archive" {
			t.Errorf("the copy is %q, %v", text, err)
		}

		os.Remove(archive)
		if err := share(t.Context(), "4", write); err != nil || compiled.Load() != 2 {
			t.Errorf("gone: compiled %d times, %v", compiled.Load(), err)
		}
		os.Remove(archive)
		fails := errors.New("fails")
		goOn = make(chan struct{})
		go share(t.Context(), "5", func() (string, error) { <-goOn; return "", fails })
		synctest.Wait()
		go share(t.Context(), "6", write)
		synctest.Wait()
		close(goOn)
		synctest.Wait()
		if compiled.Load() != 4 {
			t.Errorf("failed: compiled %d times", compiled.Load())
		}
		if was, err := (*Compiles)(nil).share(t.Context(), "x", "", write); was || err != nil {
			t.Errorf("none are shared: %t, %v", was, err)
		}
	})
}
