package tell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// each runs a test with every transport of this system.
func each(t *testing.T, f func(t *testing.T, by transport)) {
	t.Run("loopback", func(t *testing.T) { f(t, loopback{}) })
	if _, ok := system.(loopback); !ok {
		t.Run("system", func(t *testing.T) { f(t, system) })
	}
}

var me = Who{Pid: 42, Dir: "/m", Package: []string{"./cmd/app"}, Target: "/m/cmd/app", Projects: []string{"/m"}}

func in(dirs ...string) iter.Seq[string] { return slices.Values(dirs) }

func serve(t *testing.T, by transport, dir string, handle Handler) *Server {
	t.Helper()
	s, err := listen(by, time.Hour, in(dir), func() Who { return me }, handle)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func echo(ctx context.Context, r Request) (Reply, bool) {
	return Reply{Text: r.Do + " " + r.Profile}, false
}

func one(t *testing.T, by transport, dir string) Found {
	t.Helper()
	all, err := find(by, dir)
	if err != nil || len(all) != 1 {
		t.Fatalf("found %+v, %v", all, err)
	}
	return all[0]
}

func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

func TestAsk(t *testing.T) {
	each(t, func(t *testing.T, by transport) {
		dir := t.TempDir()
		s := serve(t, by, dir, echo)
		f := one(t, by, dir)
		if fmt.Sprint(f.Who) != fmt.Sprint(me) || f.Hung {
			t.Errorf("found %+v", f)
		}
		for _, name := range files(t, dir) {
			if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v, %v", name, info.Mode(), err)
			}
		}
		r, err := f.Ask(t.Context(), Request{Do: "dance", Profile: "wild"})
		if err != nil || r.Text != "dance wild" {
			t.Errorf("%+v, %v", r, err)
		}
		s.Close()
		if left := files(t, dir); left != nil {
			t.Errorf("left behind: %q", left)
		}
		if all, err := find(by, dir); err != nil || all != nil {
			t.Errorf("found %+v, %v", all, err)
		}
		if _, err := f.Ask(t.Context(), Request{Do: "dance"}); err == nil {
			t.Error("somebody answers still")
		}
	})
}

func TestFindWhereThereIsNothing(t *testing.T) {
	if all, err := Find(filepath.Join(t.TempDir(), "nope")); err != nil || all != nil {
		t.Errorf("%v, %v", all, err)
	}
}

// A gorun that was killed leaves its entry behind.
func TestStaleEntry(t *testing.T) {
	each(t, func(t *testing.T, by transport) {
		dir := t.TempDir()
		l, _, _, err := by.listen(dir, "7")
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		if left := files(t, dir); len(left) != 1 {
			t.Fatalf("%q", left)
		}
		if all, err := find(by, dir); err != nil || all != nil {
			t.Errorf("found %+v, %v", all, err)
		}
		if left := files(t, dir); left != nil {
			t.Errorf("left behind: %q", left)
		}
	})
}

// A gorun that is stopped (^Z) takes connections, and answers none.
func TestHungServer(t *testing.T) {
	each(t, func(t *testing.T, by transport) {
		dir := t.TempDir()
		l, _, _, err := by.listen(dir, "7")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		f := one(t, by, dir)
		if !f.Hung || f.Who.Pid != 7 {
			t.Errorf("found %+v", f)
		}
	})
}

func TestSecret(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, loopback{}, dir, echo)
	c, err := net.Dial("tcp", s.current().Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, `{"gorun":1,"do":"stop","secret":"guess"}`+"\n")
	if answer, _ := io.ReadAll(c); len(answer) > 0 {
		t.Errorf("answered %q", answer)
	}
}

func TestAnotherVersion(t *testing.T) {
	each(t, func(t *testing.T, by transport) {
		dir := t.TempDir()
		serve(t, by, dir, echo)
		f := one(t, by, dir)
		c, secret, err := by.dial(dir, f.entry)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprintf(c, `{"gorun":2,"do":"stop","secret":%q}`+"\n", secret)
		if answer, _ := io.ReadAll(c); !strings.Contains(string(answer), "version 1 of the protocol, not 2") {
			t.Errorf("answered %q", answer)
		}
	})
}

// TestBadClients has others say nothing, nonsense, too much, and hang up; who comes
// after them is answered.
func TestBadClients(t *testing.T) {
	each(t, func(t *testing.T, by transport) {
		dir := t.TempDir()
		cancelled := make(chan struct{})
		serve(t, by, dir, func(ctx context.Context, r Request) (Reply, bool) {
			if r.Do == "wait" {
				<-ctx.Done()
				close(cancelled)
			}
			return echo(ctx, r)
		})
		f := one(t, by, dir)
		dial := func() (net.Conn, string) {
			c, secret, err := by.dial(dir, f.entry)
			if err != nil {
				t.Fatal(err)
			}
			return c, secret
		}
		mute, _ := dial()
		defer mute.Close()
		nonsense, _ := dial()
		defer nonsense.Close()
		io.WriteString(nonsense, "GET / HTTP/1.1\r\n\r\n")
		if answer, _ := io.ReadAll(nonsense); len(answer) > 0 {
			t.Errorf("answered %q", answer)
		}
		much, _ := dial()
		defer much.Close()
		go io.Copy(much, strings.NewReader(strings.Repeat("x", requestLimit+10)))
		if answer, _ := io.ReadAll(much); len(answer) > 0 {
			t.Errorf("answered %q", answer)
		}
		hasty, secret := dial()
		fmt.Fprintf(hasty, `{"gorun":1,"do":"wait","secret":%q}`+"\n", secret)
		hasty.Close()
		<-cancelled
		if r, err := f.Ask(t.Context(), Request{Do: "dance"}); err != nil || r.Text != "dance " {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

// More at a time than are answered: some are let go, none hangs, and it works again.
func TestManyAtATime(t *testing.T) {
	each(t, func(t *testing.T, by transport) {
		dir := t.TempDir()
		open := make(chan struct{})
		serve(t, by, dir, func(ctx context.Context, r Request) (Reply, bool) {
			if r.Do == "wait" {
				<-open
			}
			return echo(ctx, r)
		})
		f := one(t, by, dir)
		var mu sync.Mutex
		failed := 0
		some := make(chan struct{})
		var wg sync.WaitGroup
		for range connections + 10 {
			wg.Go(func() {
				if _, err := f.Ask(t.Context(), Request{Do: "wait"}); err != nil {
					mu.Lock()
					defer mu.Unlock()
					if failed++; failed == 10 {
						close(some)
					}
				}
			})
		}
		<-some
		close(open)
		wg.Wait()
		if failed != 10 {
			t.Errorf("%d of %d were let go", failed, connections+10)
		}
		if _, err := f.Ask(t.Context(), Request{Do: "dance"}); err != nil {
			t.Error(err)
		}
	})
}

func TestServerEnds(t *testing.T) {
	each(t, func(t *testing.T, by transport) {
		dir := t.TempDir()
		asked := make(chan struct{})
		s := serve(t, by, dir, func(ctx context.Context, r Request) (Reply, bool) {
			close(asked)
			<-ctx.Done()
			return Reply{Error: "gorun has ended"}, false
		})
		f := one(t, by, dir)
		go func() {
			<-asked
			s.Close()
		}()
		r, err := f.Ask(t.Context(), Request{Do: "restart"})
		if err != nil || r.Error != "gorun has ended" {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

// eventually waits until something holds.
func eventually(t *testing.T, cond func() bool) {
	t.Helper()
	for limit := time.Now().Add(time.Minute); !cond(); time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatal("it never came")
		}
	}
}

// The last answer's connection is open until the process ends.
func TestAskLast(t *testing.T) {
	each(t, func(t *testing.T, by transport) {
		dir := t.TempDir()
		s := serve(t, by, dir, func(context.Context, Request) (Reply, bool) { return Reply{Text: "stopped"}, true })
		f := one(t, by, dir)
		answered := make(chan error, 1)
		go func() {
			_, err := f.AskLast(context.Background(), Request{Do: "stop"})
			answered <- err
		}()
		eventually(t, func() bool { // the server has written
			s.mu.Lock()
			defer s.mu.Unlock()
			return len(s.last) == 1
		})
		s.Close()
		select {
		case err := <-answered:
			t.Errorf("it has come back: %v", err)
		default:
		}
		s.last[0].Close() // as the end of the process does
		if err := <-answered; err != nil {
			t.Error(err)
		}
	})
}

func TestAskIsGivenUp(t *testing.T) {
	each(t, func(t *testing.T, by transport) {
		dir := t.TempDir()
		ctx, cancel := context.WithCancel(t.Context())
		serve(t, by, dir, func(ctx context.Context, r Request) (Reply, bool) {
			cancel()
			<-ctx.Done()
			return Reply{}, false
		})
		if _, err := one(t, by, dir).Ask(ctx, Request{Do: "restart"}); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func TestDeepDir(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("deep/", 60))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s, err := Listen(in(dir), func() Who { return me }, echo)
	if err != nil && strings.Contains(err.Error(), "GORUNCACHE") {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if r, err := one(t, system, dir).Ask(t.Context(), Request{Do: "dance"}); err != nil || r.Text != "dance " {
		t.Errorf("%+v, %v", r, err)
	}
	s.Close()
	if left := files(t, dir); left != nil {
		t.Errorf("left behind: %q", left)
	}
}
