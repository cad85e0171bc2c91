package web

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"example.com/shop/internal/job"
)

// serve returns a function that makes one request, and the directory of the jobs.
func serve(t *testing.T) (do func(*http.Request) *httptest.ResponseRecorder, dir string) {
	t.Helper()
	dir = t.TempDir()
	store, err := job.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	h := Handler(store, slog.New(slog.DiscardHandler), "dev")
	return func(r *http.Request) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}, dir
}

func get(path string) *http.Request { return httptest.NewRequest("GET", path, nil) }

func post(text string) *http.Request {
	r := httptest.NewRequest("POST", "/jobs", strings.NewReader(url.Values{"text": {text}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func TestPage(t *testing.T) {
	do, _ := serve(t)
	if w := do(post("<b>two</b> words")); w.Code != http.StatusSeeOther {
		t.Fatalf("adding a job: status %d: %s", w.Code, w.Body)
	}
	w := do(get("/"))
	for _, want := range []string{`class="queued"`, "&lt;b&gt;two&lt;/b&gt; words", "dev"} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("the page has no %q:\n%s", want, w.Body)
		}
	}
	if w := do(get("/style.css")); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "font:") {
		t.Errorf("the style sheet: status %d: %s", w.Code, w.Body)
	}
}

func TestAddJobRefuses(t *testing.T) {
	do, _ := serve(t)
	for _, text := range []string{"", "  ", strings.Repeat("x", maxForm)} {
		if w := do(post(text)); w.Code != http.StatusBadRequest {
			t.Errorf("a text of %d bytes: status %d, want %d", len(text), w.Code, http.StatusBadRequest)
		}
	}
	r := post("text")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if w := do(r); w.Code != http.StatusForbidden {
		t.Errorf("from another site: status %d, want %d", w.Code, http.StatusForbidden)
	}
}

func TestHealth(t *testing.T) {
	do, dir := serve(t)
	if w := do(get("/health")); w.Code != http.StatusOK {
		t.Errorf("status %d, want %d", w.Code, http.StatusOK)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if w := do(get("/health")); w.Code != http.StatusServiceUnavailable {
		t.Errorf("without the store: status %d, want %d", w.Code, http.StatusServiceUnavailable)
	}
}
