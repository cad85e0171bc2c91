package main

import (
	"context"
	"log/slog"
	"testing"

	"example.com/shop/internal/job"
)

func TestDoQueued(t *testing.T) {
	store, err := job.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"one", "two words", " "} {
		if _, err := store.Add(text); err != nil {
			t.Fatal(err)
		}
	}
	log := slog.New(slog.DiscardHandler)

	// A worker that is told to end begins no job.
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := doQueued(ended, store, log); err != nil {
		t.Fatal(err)
	}
	jobs, err := store.List()
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range jobs {
		if j.State != job.Queued {
			t.Errorf("job %q is %v, want %v", j.Text, j.State, job.Queued)
		}
	}

	if err := doQueued(t.Context(), store, log); err != nil {
		t.Fatal(err)
	}
	if jobs, err = store.List(); err != nil {
		t.Fatal(err)
	}
	want := map[string]struct {
		state  job.State
		result string
	}{
		"one":       {job.Done, "1 word"},
		"two words": {job.Done, "2 words"},
		" ":         {job.Failed, "no words"},
	}
	if len(jobs) != len(want) {
		t.Fatalf("got %d jobs, want %d", len(jobs), len(want))
	}
	for _, j := range jobs {
		if w := want[j.Text]; j.State != w.state || j.Result != w.result {
			t.Errorf("job %q: got %v %q, want %v %q", j.Text, j.State, j.Result, w.state, w.result)
		}
	}
}
