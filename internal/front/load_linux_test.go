//go:build linux && (amd64 || arm64)

package front_test

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/internal/event"
	"github.com/gorun-dev/gorun/internal/front"
	"github.com/gorun-dev/gorun/internal/longtest"
)

// Loads: what clients of all kinds get while versions come and go, and what a front costs.

// helperName is the first argument with which the test binary is the program, at an address, or
// clients.
const helperName = "serve-for-load-test"

func serveLoad(address string) {
	if strings.HasPrefix(address, "{") {
		askForLoad(address)
		os.Exit(0)
	}
	body := "<!doctype html><html><head><title>x</title></head><body>" +
		strings.Repeat("<p>words</p>", 100) + "</body></html>"
	fmt.Fprintln(os.Stderr, http.ListenAndServe(address, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			panic(http.ErrAbortHandler)
		}
		if strings.HasPrefix(r.URL.Path, "/slow") {
			time.Sleep(time.Millisecond)
		}
		if r.URL.Path != "/" {
			fmt.Fprintf(w, "{}")
			return
		}
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, body)
	})))
}

// versions are those of a program, one after the other, with or without a front.
type versions struct {
	t       testing.TB
	ports   *exec.Ports
	front   *front.Front
	address string
	running *exec.Program
}

func newVersions(t testing.TB, browser bool) *versions {
	t.Helper()
	ports, err := exec.KeepPorts(nil, nil)
	if err != nil {
		t.Skip(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	v := &versions{t: t, ports: ports, address: l.Addr().String()}
	v.front = front.New(front.Options{Dir: t.TempDir(), Getenv: os.Getenv, Fail: t.Logf})
	if browser {
		if err := ports.ServeBrowsers(v.front); err != nil {
			t.Skip(err)
		}
	}
	t.Cleanup(func() {
		if v.running != nil {
			v.running.Kill()
			<-v.running.Done()
		}
		ports.Close()
		v.front.Close()
	})
	return v
}

// next puts a new version in the place of the running one.
func (v *versions) next(overlap bool) {
	v.t.Helper()
	old := v.running
	if old != nil && !overlap {
		v.front.Hear(event.Event{Kind: event.Change})
		old.Retire()
		<-old.Done()
		v.front.Hear(event.Event{Kind: event.Exited, Pid: old.Pid(), Asked: true})
	}
	self, err := os.Executable()
	if err != nil {
		v.t.Fatal(err)
	}
	v.running, err = exec.Start(exec.Spec{
		Path: self, Args: []string{self, helperName, v.address}, Stderr: os.Stderr, Ports: v.ports, Grace: 3 * time.Second,
	})
	if err != nil {
		v.t.Fatal(err)
	}
	v.front.Hear(event.Event{Kind: event.Swapped, Pid: v.running.Pid()})
	select {
	case <-v.running.Ready():
	case <-v.running.Done():
		v.t.Fatal("the program has ended")
	}
	v.front.Hear(event.Event{Kind: event.Ready, Pid: v.running.Pid()})
	if old != nil && overlap {
		old.Retire()
		<-old.Done()
	}
}

// A visitor is a client that asks again and again.
type visitor struct {
	agent string
	post  bool
	once  bool // a new connection each time
	path  string
}

const (
	firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"
	curl    = "curl/8.15.0"
)

func (v visitor) client() *http.Client {
	transport := &http.Transport{DisableKeepAlives: v.once, DisableCompression: true}
	return &http.Client{Transport: transport, Timeout: time.Minute}
}

func (v visitor) ask(client *http.Client, address string) error {
	method, body := "GET", io.Reader(nil)
	if v.post {
		method, body = "POST", strings.NewReader("x")
	}
	r, err := http.NewRequest(method, "http://"+address+v.path, body)
	if err != nil {
		return err
	}
	r.Header.Set("User-Agent", v.agent)
	if v.agent == firefox {
		r.Header.Set("Accept", "text/html,*/*")
	}
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	switch n := strings.Count(string(text), "/.gorun/browser.js"); {
	case err != nil:
		return err
	case answer.StatusCode != 200:
		return errors.New(answer.Status)
	case v.agent == firefox && v.path == "/" && n != 1:
		return fmt.Errorf("%d scripts in a document", n)
	case v.agent != firefox && n != 0:
		return errors.New("a script for who is no browser")
	}
	return nil
}

var swapsFlag = flag.Int("swaps", 0, "swaps under load; 0 means few, or 50 among the long tests")

// Half of the clients are browsers; through all swaps nobody is refused, reset, or fails, and
// each document has its script once.
func TestSwapsUnderLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("loads the machine")
	}
	for _, overlap := range []bool{false, true} {
		t.Run(map[bool]string{false: "replace", true: "overlap"}[overlap], func(t *testing.T) {
			v := newVersions(t, true)
			v.next(false)
			var clients sync.WaitGroup // 16
			var ok, bad atomic.Int64
			var faults sync.Map
			over := make(chan struct{})
			for i := range 16 {
				one := visitor{agent: curl, path: "/", post: i&2 != 0, once: i&4 != 0}
				if i&1 != 0 {
					one.agent = firefox
				}
				clients.Go(func() {
					client := one.client()
					defer client.CloseIdleConnections()
					for {
						select {
						case <-over:
							return
						default:
						}
						if err := one.ask(client, v.address); err != nil {
							bad.Add(1)
							faults.Store(fmt.Sprintf("%+v: %v", one, err), true)
							time.Sleep(time.Millisecond)
							continue
						}
						ok.Add(1)
					}
				})
			}
			n := *swapsFlag
			if n == 0 {
				n = longtest.Cases(5, 50)
			}
			for range n {
				v.next(overlap)
				for was := ok.Load(); ok.Load() < was+100 && bad.Load() == 0; {
					time.Sleep(time.Millisecond)
				}
			}
			close(over)
			clients.Wait()
			t.Logf("%d swaps: %d ok, %d failed", n, ok.Load(), bad.Load())
			faults.Range(func(k, _ any) bool { t.Error(k); return true })
		})
	}
}
