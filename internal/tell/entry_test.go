package tell

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

// Whoever empties the directory does not hide a gorun.
func TestEntryIsMadeAgain(t *testing.T) {
	each(t, func(t *testing.T, by transport) {
		root := t.TempDir()
		first, second := filepath.Join(root, "first"), filepath.Join(root, "second")
		var noMore atomic.Bool
		dirs := func(yield func(string) bool) {
			if !noMore.Load() {
				os.Mkdir(first, 0o700)
			}
			os.Mkdir(second, 0o700)
			_ = yield(first) && yield(second)
		}
		s, err := listen(by, 10*time.Millisecond, dirs, func() Who { return me }, echo)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		where := func(dir string) {
			t.Helper()
			var all []Found
			for end := time.Now().Add(20 * time.Second); len(all) == 0 && time.Now().Before(end); {
				all, _ = find(by, dir)
				time.Sleep(5 * time.Millisecond)
			}
			if len(all) != 1 {
				t.Fatalf("found %v", all)
			}
			if r, err := all[0].Ask(t.Context(), Request{Do: "dance"}); err != nil || r.Text != "dance " {
				t.Errorf("%+v, %v", r, err)
			}
		}
		where(first)
		os.RemoveAll(first)
		where(first)
		for _, name := range files(t, first) {
			os.Remove(filepath.Join(first, name))
		}
		where(first)
		noMore.Store(true)
		os.RemoveAll(first)
		where(second)
		s.Close()
		if left := files(t, second); left != nil {
			t.Errorf("left behind: %q", left)
		}
	})
}

// A gorun that says what it is doing is waited for; one that does not is named.
func TestSilence(t *testing.T) {
	each(t, func(t *testing.T, by transport) {
		dir := t.TempDir()
		silent := make(chan struct{}) // closed when nothing is answered any more
		asked := make(chan struct{}, 100)
		serve(t, by, dir, func(ctx context.Context, r Request) (Reply, bool) {
			select {
			case <-silent:
			default:
				if r.Do == doStatus {
					asked <- struct{}{}
					return Reply{Text: "building"}, false
				}
			}
			<-ctx.Done()
			return Reply{Error: "gone"}, false
		})
		f := one(t, by, dir)
		for _, do := range []string{doRebuild, doStop} {
			ended := make(chan error, 1)
			go func() {
				_, err := f.order(t.Context(), Order{Do: do}, pace{5 * time.Millisecond, 500 * time.Millisecond})
				ended <- err
			}()
			if do == doRebuild {
				for range 10 {
					<-asked
				}
				select {
				case err := <-ended:
					t.Fatalf("it ended while a status was answered: %v", err)
				default:
				}
				close(silent)
			}
			select {
			case err := <-ended:
				var e *SilentError
				if !errors.As(err, &e) || e.Pid != me.Pid {
					t.Errorf("%s: %v, want that pid %d does not answer", do, err, me.Pid)
				}
			case <-time.After(20 * time.Second):
				t.Fatalf("%s: it waits for ever", do)
			}
		}
	})
}
