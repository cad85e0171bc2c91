package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files")

// sample is a small set of results with every kind of cell in it.
func sample() *Results {
	r := &Results{
		Date: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC), Took: 700, Rounds: 3, Command: "-n 3",
		Machine: Machine{CPU: "Example <CPU> & Co", Cores: 2, Kernel: "Linux 6.18", Go: "go1.26.8", OS: "linux/amd64"},
		Tools: []ToolInfo{
			{Name: "floor", Title: "floor", Config: "by hand"},
			{Name: "gorun", Title: "gorun", Config: "no flags"},
			{Name: "go-build", Title: "go build", Config: "by hand"},
			{Name: "air", Title: "air", Module: "example.com/air@v1.2.3", Config: "none"},
			{Name: "gone", Title: "gone", Module: "example.com/gone@v1.0.0", Config: "none", Absent: "404 Not Found"},
		},
		Programs: []ProgramInfo{
			{Name: "small", Module: 1, All: 191, Edited: "a/small", Size: 8 << 20, FirstMake: 1.5},
			{Name: "large", Module: 641, All: 831, Importers: 24, Edited: "a/large/l12/p1200", Size: 18 << 20, FirstMake: 30},
		},
		Broken: []Broken{{"large", "gorun", "runs on", 0.7}, {"large", "air", "restarted", 0}},
		Starts: []Start{{"small", "the executable", []float64{0.004, 0.005, 0.006}}, {"small", "go run", []float64{0.2}}},
		Noticing: []Noticing{{Backend: "poll", Kind: "save", Rate: 0, Saves: 1000, Noticed: 999, Batches: 12, CPU: 0.0201, Median: 0.13, P99: 0.251,
			Windows: []Window{{0, 12, 0.13}, {0.01, 3, 0.141}, {0.05, 1, 0.2}}}},
		Idle: []Idle{{"large", "gorun", 0.012, 30, 31 << 20, 2, 650}, {"large", "air", 0.001, 30, 12 << 20, 1, 1400}},
	}
	for _, x := range []struct {
		tool, edit string
		base       float64
	}{
		{"floor", "body", 0.5}, {"gorun", "first", 0.9}, {"gorun", "body", 0.6}, {"gorun", "function", 2.5},
		{"go-build", "body", 2}, {"go-build", "function", 2}, {"air", "body", 3}, {"air", "function", 3.1}, {"air", "comment", 12.3},
	} {
		r.Reloads = append(r.Reloads, &Reload{Program: "large", Tool: x.tool, Edit: x.edit,
			Seconds: []float64{x.base + 0.1, x.base, x.base - 0.02}, Refused: []float64{0, 0.01, 0.02}, Longest: []float64{0.003, 0.004, 0.005}})
	}
	r.Reloads = append(r.Reloads,
		&Reload{Program: "large", Tool: "gorun", Edit: "comment", Other: []string{"no restart"}},
		&Reload{Program: "large", Tool: "air", Edit: "embed", Seconds: []float64{2}, Other: []string{"not noticed", "not noticed"}},
		&Reload{Program: "small", Tool: "gorun", Edit: "body", Seconds: []float64{0.31}},
		&Reload{Program: "small", Tool: "go-build", Edit: "body", Seconds: []float64{0.09}})
	return r
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; go test -update writes it anew. Got:\n%s", file, got)
	}
}

func TestText(t *testing.T) {
	var b bytes.Buffer
	for _, x := range sample().tables() {
		x.text(&b)
	}
	golden(t, "tables.txt", b.Bytes())
}

func TestMarkdown(t *testing.T) {
	var b bytes.Buffer
	sample().readme(&b)
	golden(t, "readme.md", b.Bytes())
	for _, line := range []string{"function: go build 2.00 s, gorun 2.50 s", "small, same-line body: go build 0.090 s, gorun 0.31 s", "resident memory: air 12 MiB, gorun 31 MiB"} {
		if !strings.Contains(b.String(), line) {
			t.Errorf("nothing says %q", line)
		}
	}
}

func TestSVG(t *testing.T) {
	r := sample()
	p, ok := r.largest()
	if !ok || p.Name != "large" {
		t.Fatalf("the largest is %+v", p)
	}
	var b bytes.Buffer
	if err := r.writeSVG(&b, p); err != nil {
		t.Fatal(err)
	}
	golden(t, "reload.svg", b.Bytes())
	bars := 0
	for dec := xml.NewDecoder(bytes.NewReader(b.Bytes())); ; {
		tok, err := dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := tok.(xml.StartElement); ok && e.Name.Local == "rect" {
			bars++
		}
	}
	if bars != 1+11 { // the background; what was measured of the large program
		t.Errorf("%d rectangles", bars)
	}
}

// TestJSON shows that what was written can be printed again.
func TestJSON(t *testing.T) {
	file := filepath.Join(t.TempDir(), "r.json")
	r := sample()
	if err := r.writeJSON(file); err != nil {
		t.Fatal(err)
	}
	back, err := readJSON(file)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(r)
	b, _ := json.Marshal(back)
	if !bytes.Equal(a, b) {
		t.Errorf("%s\n%s", a, b)
	}
	if back.reload("large", "air", "embed") == nil || !math.IsNaN(back.seconds("large", "air", "embed")) {
		t.Error("two of three saves were not noticed: that has no median")
	}
}

func TestUpdate(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "internal/bench"), 0o777); err != nil {
		t.Fatal(err)
	}
	readme := filepath.Join(dir, "README.md")
	if err := os.WriteFile(readme, []byte("before\n"+readmeBegin+"\nold\n"+readmeEnd+"\nafter\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for range 2 { // again, over its own words
		if err := sample().update(dir); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	var section bytes.Buffer
	sample().readme(&section)
	if want := "before\n" + readmeBegin + "\n" + section.String() + readmeEnd + "\nafter\n"; string(got) != want {
		t.Errorf("%s", got)
	}
	if _, err := os.Stat(filepath.Join(dir, picture)); err != nil {
		t.Error(err)
	}
	if err := (&Results{}).update(dir); err == nil {
		t.Error("nothing measured, and yet the README was written")
	}
	if _, err := replaceSection([]byte("no marks"), nil); err == nil {
		t.Error("a README without marks was written")
	}
}
