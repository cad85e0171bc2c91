package main

import (
	"bytes"
	"os"
	"testing"
)

// What is in the repository is what the generator makes now.
func TestUpToDate(t *testing.T) {
	want, err := generate("State", "../job.go")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../state_string.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("state_string.go is not what gen makes of job.go: run go generate ./...")
	}
}

func TestNoConstants(t *testing.T) {
	if code, err := generate("Nothing", "../job.go"); err == nil {
		t.Errorf("got no error, and\n%s", code)
	}
}
