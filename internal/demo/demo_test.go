package main

import (
	"net/http/httptest"
	"strings"
	"testing"
)

func TestPage(t *testing.T) {
	for path, want := range map[string]string{
		"/":          greeting,
		"/style.css": "font:",
	} {
		w := httptest.NewRecorder()
		handler().ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != 200 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("GET %s: status %d, no %q in %q", path, w.Code, want, w.Body)
		}
	}
}
