package front

import (
	"regexp"
	"strings"
	"testing"
)

// A policy is changed where it would keep the script out, and only there.
func TestAllowScript(t *testing.T) {
	const (
		host   = "localhost:8080"
		socket = "ws://localhost:8080/.gorun/socket wss://localhost:8080/.gorun/socket localhost:8080/.gorun/open"
		script = "localhost:8080/.gorun/browser.js"
	)
	for _, c := range []struct{ in, want, nonce string }{
		{"default-src 'self'", "default-src 'self'", ""},
		{"default-src *", "default-src *", ""},
		{"img-src 'none'", "img-src 'none'", ""},
		{"script-src 'nonce-aB3+/='", "script-src 'nonce-aB3+/='", "aB3+/="},
		{"script-src 'nonce-a\"b'", "script-src 'nonce-a\"b' " + script, ""},
		{"default-src 'none'", "default-src 'none'; script-src-elem " + script + "; connect-src " + socket, ""},
		{"default-src 'none'; script-src 'sha256-x'; connect-src 'self'",
			"default-src 'none'; script-src 'sha256-x' " + script + "; connect-src 'self'", ""},
		{"script-src 'strict-dynamic' 'sha256-x'", "script-src 'strict-dynamic' 'sha256-x' 'nonce-NEW'", "NEW"},
		{"script-src 'strict-dynamic' 'nonce-x' 'self'", "script-src 'strict-dynamic' 'nonce-x' 'self'", "x"},
		{"script-src 'nonce-x', script-src 'nonce-y'", "script-src 'nonce-x', script-src 'nonce-y' 'nonce-x'", "x"},
		{"script-src-elem https://cdn.example; script-src 'self'",
			"script-src-elem https://cdn.example " + script + "; script-src 'self'", ""},
		{"sandbox allow-scripts", "sandbox allow-scripts", ""},
	} {
		h := head{fields: []string{"Content-Security-Policy: " + c.in, "X: 1"}}
		nonce, ok := allowScript(&h, host)
		got := strings.TrimPrefix(h.fields[0], "Content-Security-Policy: ")
		if c.nonce == "NEW" && regexp.MustCompile(`^[A-Z2-7]{20,}$`).MatchString(nonce) {
			got, nonce = strings.ReplaceAll(got, nonce, "NEW"), "NEW"
		}
		if !ok || got != c.want || nonce != c.nonce || h.fields[1] != "X: 1" {
			t.Errorf("%s\ngot  %s, nonce %q, %v\nwant %s, nonce %q", c.in, got, nonce, ok, c.want, c.nonce)
		}
	}
	if _, ok := allowScript(&head{fields: []string{"content-security-policy: sandbox"}}, host); ok {
		t.Error("a page in a sandbox runs no script")
	}
}
