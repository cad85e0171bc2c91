package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
)

// A request that is open when the program is told to end still gets its answer.
func TestServeEndsGracefully(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cancel() // the program is told to end while it answers
		io.WriteString(w, "whole")
	})
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, l, h, slog.New(slog.DiscardHandler)) }()

	resp, err := http.Get("http://" + l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "whole" {
		t.Errorf("got %q (%v), want %q", body, err, "whole")
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestRunRefuses(t *testing.T) {
	env := map[string]string{"DATA_DIR": t.TempDir(), "ADDR": "nowhere"}
	err := run(t.Context(), func(name string) string { return env[name] }, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("got error %v, want one that names the address", err)
	}
}
