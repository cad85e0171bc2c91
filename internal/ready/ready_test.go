package ready

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct{ text, fault string }{
		{"http://127.0.0.1:8080/healthz", ""},
		{"https://localhost/", ""},
		{"http://[::1]:8080", ""},
		{"tcp::8080", ""},
		{"tcp:127.0.0.1:8080", ""},
		{"tcp://[::1]:8080", ""},
		{"log:listening on .*$", ""},
		{"log:a:b", ""},

		{"", "must be http"},
		{"8080", "must be http"},
		{"ftp://x", "must be http"},
		{"http:", "a URL with a host"},
		{"http://:8080", "a URL with a host"},
		{"http://a b/", "invalid character"},
		{"tcp:8080", "an address with a port"},
		{"tcp:localhost:", "an address with a port"},
		{"tcp::0", "an address with a port"},
		{"log:", "a regular expression"},
		{"log:(", "missing closing )"},
	} {
		p, err := Parse(tt.text)
		switch {
		case tt.fault == "" && err != nil:
			t.Errorf("%q: %v", tt.text, err)
		case tt.fault != "" && (err == nil || !strings.Contains(err.Error(), tt.fault)):
			t.Errorf("%q: %v, want %q", tt.text, err, tt.fault)
		case tt.fault != "" && p != nil:
			t.Errorf("%q: a probe and an error", tt.text)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"http://x", "tcp::1", "tcp://", "log:.", "log:[", "https://[::1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse(text)
		if (p == nil) != (err != nil) {
			t.Fatalf("%q: %v, %v", text, p, err)
		}
		if p != nil && p.Watch().Missing() == "" {
			t.Errorf("%q: nothing is said of what is missing", text)
		}
	})
}

func watch(t *testing.T, text string) *Watch {
	t.Helper()
	p, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return p.Watch()
}

// dial is what a program without kept ports is asked with.
var dial = new(net.Dialer).DialContext

// patiently is a context for what must happen.
func patiently(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// never checks that a watch does not say yes, and returns what it says is missing
// when the program was asked a few times.
func never(t *testing.T, w *Watch, asked func() bool) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error) // one value
	go func() { done <- w.Await(ctx, dial) }()
	for end := time.Now().Add(20 * time.Second); !asked(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("not asked often enough")
		}
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Fatalf("ready: %v", err)
	}
	return w.Missing()
}

func TestHTTP(t *testing.T) {
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := asked.Add(1)
		switch r.URL.Path {
		case "/third":
			if n < 3 {
				http.Error(w, "not yet", http.StatusServiceUnavailable)
			}
		case "/elsewhere":
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		case "/secret":
			if user, pass, _ := r.BasicAuth(); user != "u" || pass != "p" {
				w.WriteHeader(http.StatusUnauthorized)
			}
		case "/hangup":
			panic(http.ErrAbortHandler)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	for _, path := range []string{"/third", "/elsewhere"} {
		asked.Store(0)
		if err := watch(t, server.URL+path).Await(patiently(t), dial); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if n := asked.Load(); path == "/third" && n != 3 {
			t.Errorf("%s was asked %d times", path, n)
		}
	}
	secret := strings.Replace(server.URL, "http://", "http://u:p@", 1) + "/secret"
	if err := watch(t, secret).Await(patiently(t), dial); err != nil {
		t.Error(err)
	}
	faults := map[string]string{"/nothing": "404 Not Found", "/hangup": "EOF", "/secret": "401 Unauthorized"}
	for path, want := range faults {
		asked.Store(0)
		w := watch(t, server.URL+path)
		if got := never(t, w, func() bool { return asked.Load() > 2 }); got != server.URL+path+": "+want {
			t.Errorf("missing is %q, want %q", got, want)
		}
	}
}

// TestHTTPS shows that a developer's own certificate is good enough on this machine,
// and nowhere else.
func TestHTTPS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.EnableHTTP2 = true
	server.Config.ErrorLog = nil
	server.StartTLS()
	t.Cleanup(server.Close)
	if err := watch(t, server.URL).Await(patiently(t), dial); err != nil {
		t.Error(err)
	}
	var asked atomic.Int64
	w := watch(t, "https://elsewhere.example:443/")
	ctx, cancel := context.WithCancel(t.Context())
	err := w.Await(ctx, func(ctx context.Context, network, _ string) (net.Conn, error) {
		if asked.Add(1) > 2 {
			cancel()
		}
		return dial(ctx, network, server.Listener.Addr().String())
	})
	if !errors.Is(err, context.Canceled) || !strings.Contains(w.Missing(), "certificate") {
		t.Errorf("%v; missing is %q", err, w.Missing())
	}
}

func TestTCP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := watch(t, "tcp:"+address).Await(patiently(t), dial); err != nil {
		t.Error(err)
	}
	l.Close()
	var asked atomic.Int64
	w := watch(t, "tcp:"+address)
	ctx, cancel := context.WithCancel(t.Context())
	err = w.Await(ctx, func(ctx context.Context, network, address string) (net.Conn, error) {
		if asked.Add(1) > 2 {
			defer cancel()
		}
		return dial(ctx, network, address)
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("ready: %v", err)
	}
	if got, want := w.Missing(), address+": connect: connection refused"; got != want {
		t.Errorf("missing is %q, want %q", got, want)
	}
}

func TestLog(t *testing.T) {
	w := watch(t, "log:^listening on :\\d+$")
	done := make(chan error) // one value
	go func() { done <- w.Await(patiently(t), dial) }()
	see := w.Lines()
	for _, line := range []string{"starting", "not listening on :80", "listening on :x", ""} {
		see([]byte(line))
	}
	select {
	case err := <-done:
		t.Fatalf("ready: %v", err)
	default:
	}
	if got, want := w.Missing(), `no line has matched "^listening on :\\d+$"`; got != want {
		t.Errorf("missing is %q, want %q", got, want)
	}
	see([]byte("listening on :80"))
	see([]byte("listening on :81"))
	if err := <-done; err != nil {
		t.Error(err)
	}
	if lines := watch(t, "tcp::1").Lines(); lines != nil {
		t.Error("another probe looks at the output")
	}
}

// TestQuestionsGrowRare bounds what a program that takes long to start is asked.
func TestQuestionsGrowRare(t *testing.T) {
	var asked []time.Time
	ctx, cancel := context.WithCancel(t.Context())
	w := watch(t, "tcp:127.0.0.1:1")
	_ = w.Await(ctx, func(context.Context, string, string) (net.Conn, error) {
		if asked = append(asked, time.Now()); len(asked) == 8 {
			cancel()
		}
		return nil, fmt.Errorf("no")
	})
	for i := 1; i < len(asked); i++ {
		least := min(firstPause<<(i-1), longestPause)
		if got := asked[i].Sub(asked[i-1]); got < least {
			t.Errorf("question %d came %v after the one before, not after %v", i+1, got, least)
		}
	}
}
