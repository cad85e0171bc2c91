// Command demo is a small web program to try gorun on:
//
//	gorun -browser ./internal/demo
//
// Open the address that it prints, edit the page's template, its style sheet or
// any .go file here, and save: the page follows, on Linux; elsewhere load it again. With -profile=prod
// or -profile=test it is another program, by the tags that gorun.toml names.
//
//	greeting.go        the line to edit first
//	web.go             the page and its style sheet, both embedded
//	main.go            listening, and a quiet end
//	config_dev.go      the configuration without tags; config_prod.go and
//	config_trial.go    those with -tags=prod and -tags=test
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("demo: ")
	addr := flag.String("addr", "127.0.0.1:8420", "`address` to listen on")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, *addr); err != nil {
		log.Fatal(err)
	}
}

// serve answers requests until ctx ends, then lets open ones finish.
func serve(ctx context.Context, addr string) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	s := &http.Server{Handler: handler(), ReadHeaderTimeout: 5 * time.Second}
	done := make(chan error, 1) // serve closes over it; one send
	go func() { done <- s.Serve(l) }()
	log.Printf("%s: http://%s", configuration, l.Addr())
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := s.Shutdown(drain); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}
