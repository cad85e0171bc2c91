// Command worker does the jobs that cmd/api takes. One worker runs at a time.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"example.com/shop/internal/config"
	"example.com/shop/internal/job"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if err := run(ctx, os.Getenv, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		os.Exit(1)
	}
}

// run does jobs until ctx ends. The job in hand is done first.
func run(ctx context.Context, getenv func(string) string, stderr io.Writer) error {
	cfg, err := config.Load(getenv)
	if err != nil {
		return err
	}
	log := cfg.Logger(stderr)
	store, err := job.Open(cfg.DataDir)
	if err != nil {
		return err
	}
	log.Info("waiting for jobs", "config", cfg.Name)
	tick := time.NewTicker(cfg.Poll)
	defer tick.Stop()
	for {
		if err := doQueued(ctx, store, log); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			log.Info("shutting down")
			return nil
		case <-tick.C:
		}
	}
}

// doQueued does the jobs that are queued, the oldest first, until ctx ends.
func doQueued(ctx context.Context, store *job.Store, log *slog.Logger) error {
	jobs, err := store.List()
	if err != nil {
		return err
	}
	for _, j := range jobs {
		if j.State != job.Queued {
			continue
		}
		if ctx.Err() != nil {
			return nil
		}
		j.State = job.Done
		if j.Result, err = countWords(j.Text); err != nil {
			j.State, j.Result = job.Failed, err.Error()
		}
		if err := store.Put(j); err != nil {
			return err
		}
		log.Info("job "+j.State.String(), "id", j.ID, "result", j.Result)
	}
	return nil
}

func countWords(text string) (string, error) {
	switch n := len(strings.Fields(text)); n {
	case 0:
		return "", errors.New("no words")
	case 1:
		return "1 word", nil
	default:
		return fmt.Sprintf("%d words", n), nil
	}
}
