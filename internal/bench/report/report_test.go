package report

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

	"github.com/gorun-dev/gorun/internal/bench/result"
)

var update = flag.Bool("update", false, "write the golden files")

// sample is a small set of results with every kind of cell in it.
func sample() *result.Results {
	r := &result.Results{
		Date: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC), Took: 700, Rounds: 3, Command: "-n 3",
		Machine: result.Machine{
			CPU: "Example <CPU> & Co", Cores: 2, Kernel: "Linux 6.18", Go: "go1.26.8", OS: "linux/amd64",
		},
		Tools: []result.Tool{
			{Name: "floor", Title: "floor", Config: "by hand"},
			{Name: "gorun", Title: "gorun", Config: "no flags"},
			{Name: "go-build", Title: "go build", Config: "by hand"},
			{Name: "air", Title: "air", Module: "example.com/air@v1.2.3", Config: "none"},
			{Name: "gone", Title: "gone", Module: "example.com/gone@v1.0.0", Config: "none", Absent: "404 Not Found"},
		},
		Programs: []result.Program{
			{Name: "small", Module: 1, All: 191, Edited: "a/small", Size: 8 << 20, FirstMake: 1.5},
			{
				Name: "large", Module: 641, All: 831, Importers: 24, Edited: "a/large/l12/p1200",
				Size: 18 << 20, FirstMake: 30,
			},
		},
		Broken: []result.Broken{
			{Program: "large", Tool: "gorun", Fate: "runs on", Mended: 0.7},
			{Program: "large", Tool: "air", Fate: "restarted"},
		},
		Days: []*result.Reload{
			{Program: "large", Tool: "gorun", Save: "day-start", Seconds: []float64{0.9, 1.1, 1}},
			{Program: "large", Tool: "gorun", Save: "day-first-again", Seconds: []float64{0.5}},
			{Program: "large", Tool: "air", Save: "day-start", Seconds: []float64{3}},
			{Program: "large", Tool: "air", Save: "day-function", Other: []string{"not noticed"}},
		},
		DayCount: 3,
		Starts: []result.Start{
			{Program: "small", Tool: "the executable", Seconds: []float64{0.004, 0.005, 0.006}},
			{Program: "small", Tool: "go run", Seconds: []float64{0.2}},
		},
		Noticing: []result.Noticing{{Backend: "poll", Kind: "save", Rate: 0,
			Saves: 1000, Noticed: 999, Batches: 12, CPU: 0.0201, Median: 0.13, P99: 0.251,
			Windows: []result.Window{
				{Quiet: 0, Used: 12, Median: 0.13},
				{Quiet: 0.01, Used: 3, Median: 0.141},
				{Quiet: 0.05, Used: 1, Median: 0.2},
			}}},
		Idle: []result.Idle{
			{Program: "large", Tool: "gorun", CPU: 0.012, Seconds: 30, RSS: 231 << 20, WaitRSS: 200 << 20, Processes: 2, Watches: 650},
			{Program: "large", Tool: "air", CPU: 0.001, Seconds: 30, RSS: 12 << 20, Processes: 1, Watches: 1400},
		},
	}
	for _, x := range []struct {
		tool, save string
		base       float64
	}{
		{"floor", "body", 0.5}, {"gorun", "first", 0.9}, {"gorun", "body", 0.6}, {"gorun", "function", 2.5},
		{"go-build", "body", 2}, {"go-build", "function", 2},
		{"air", "body", 3}, {"air", "function", 3.1}, {"air", "comment", 12.3},
	} {
		r.Reloads = append(r.Reloads, &result.Reload{Program: "large", Tool: x.tool, Save: x.save,
			Seconds: []float64{x.base + 0.1, x.base, x.base - 0.02},
			Refused: []float64{0, 0.01, 0.02}, Longest: []float64{0.003, 0.004, 0.005}})
	}
	r.Reloads = append(r.Reloads,
		&result.Reload{Program: "large", Tool: "gorun", Save: "comment", Other: []string{"no restart"}},
		&result.Reload{Program: "large", Tool: "air", Save: "embed",
			Seconds: []float64{2}, Other: []string{"not noticed", "not noticed"}},
		&result.Reload{Program: "small", Tool: "gorun", Save: "body", Seconds: []float64{0.31}},
		&result.Reload{Program: "small", Tool: "go-build", Save: "body", Seconds: []float64{0.09}})
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
	for _, x := range (report{sample()}).tables() {
		x.text(&b)
	}
	golden(t, "tables.txt", b.Bytes())
}

func TestMarkdown(t *testing.T) {
	var b bytes.Buffer
	Markdown(&b, sample())
	golden(t, "readme.md", b.Bytes())
	for _, line := range []string{
		"function: go build 2.00 s, gorun 2.50 s",
		"small, same-line body: go build 0.090 s, gorun 0.31 s",
		"resident memory: air 12 MiB, gorun 31 MiB",
	} {
		if !strings.Contains(b.String(), line) {
			t.Errorf("nothing says %q", line)
		}
	}
}

func TestSVG(t *testing.T) {
	r := sample()
	p, ok := r.Largest()
	if !ok || p.Name != "large" {
		t.Fatalf("the largest is %+v", p)
	}
	var b bytes.Buffer
	if err := SVG(&b, r, p); err != nil {
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
	if bars != 1+7 { // the background; what was measured of the large program
		t.Errorf("%d rectangles", bars)
	}
}

// TestJSON shows that what was written can be printed again.
func TestJSON(t *testing.T) {
	file := filepath.Join(t.TempDir(), "r.json")
	r := sample()
	if err := r.WriteJSON(file); err != nil {
		t.Fatal(err)
	}
	back, err := result.ReadJSON(file)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(r)
	b, _ := json.Marshal(back)
	if !bytes.Equal(a, b) {
		t.Errorf("%s\n%s", a, b)
	}
	if back.Reload("large", "air", "embed") == nil || !math.IsNaN(back.Seconds("large", "air", "embed")) {
		t.Error("two of three saves were not noticed: that has no median")
	}
}

func TestUpdate(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "internal/bench"), 0o777); err != nil {
		t.Fatal(err)
	}
	readme := filepath.Join(dir, filepath.FromSlash(Readme))
	if err := os.WriteFile(readme, []byte("before\n"+readmeBegin+"\nold\n"+readmeEnd+"\nafter\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for range 2 { // again, over its own words
		if err := Update(sample(), dir); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	var section bytes.Buffer
	Markdown(&section, sample())
	if want := "before\n" + readmeBegin + "\n" + section.String() + readmeEnd + "\nafter\n"; string(got) != want {
		t.Errorf("%s", got)
	}
	if _, err := os.Stat(filepath.Join(dir, Picture)); err != nil {
		t.Error(err)
	}
	if err := Update(&result.Results{}, dir); err == nil {
		t.Error("nothing measured, and yet the README was written")
	}
	if _, err := replaceSection([]byte("no marks"), nil); err == nil {
		t.Error("a README without marks was written")
	}
}
