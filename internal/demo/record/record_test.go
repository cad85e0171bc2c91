package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorun-dev/gorun/internal/longtest"
)

const ms = time.Millisecond

func TestScreen(t *testing.T) {
	rows := screen([]chunk{
		{1 * ms, "demo: up\r\n"},
		{2 * ms, "\x1b[2mgor"},
		{3 * ms, "un:\x1b[0m a.go: swapped\a in 1s\r\n\r\n"},
		{4 * ms, "\x1b[31mgorun:\x1b[0m é"},
	}, 12)
	var got []string
	for _, r := range rows {
		line := fmt.Sprint(r.at)
		for _, run := range r.runs {
			line += fmt.Sprintf(" %s[%s]", run.style, run.text)
		}
		got = append(got, line)
	}
	want := []string{
		"1ms [demo: up]",
		"2ms dim[gorun:] [ a.go:]",
		"3ms [ swapped in ]",
		"3ms [1s]",
		"3ms",
		"4ms red[gorun:] [ é]",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// sample is a session with two saves.
func sample() *timeline {
	return &timeline{
		edits: []edit{
			{line: `const greeting = "a"`},
			{typed: 9000 * ms, saved: 9700 * ms, line: `const greeting = "b < c"`},
			{typed: 15000 * ms, saved: 15700 * ms, line: `const greeting = ` + strings.Repeat("d", 60)},
		},
		chunks: []chunk{
			{400 * ms, "demo: up\r\n"}, {9900 * ms, "gorun: swapped\r\n"}, {16000 * ms, "gorun: swapped\r\n"},
		},
		pages: []page{{500 * ms, "a"}, {9950 * ms, "b < c"}, {15990 * ms, "d"}},
		end:   17 * time.Second,
	}
}

// Only waits for the reader become shorter: what follows from a save keeps its time.
func TestLimitWaits(t *testing.T) {
	s := sample()
	s.limitWaits(time.Second)
	got := []time.Duration{
		s.chunks[0].at, s.pages[0].at,
		s.edits[1].typed, s.edits[1].saved, s.chunks[1].at, s.pages[1].at,
		s.edits[2].typed, s.edits[2].saved, s.pages[2].at, s.chunks[2].at, s.end,
	}
	want := []time.Duration{
		400 * ms, 500 * ms,
		1500 * ms, 2200 * ms, 2400 * ms, 2450 * ms,
		3450 * ms, 4150 * ms, 4440 * ms, 4450 * ms, 5450 * ms,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestDraw(t *testing.T) {
	svg := draw(sample())
	check(t, svg)
	for _, want := range []string{
		`>const greeting = &#34;b &lt; c&#34;</text>`,
		`d…</text>`, // clipped
		`>$ gorun .</text>`,
	} {
		if !bytes.Contains(svg, []byte(want)) {
			t.Errorf("no %q in\n%s", want, svg)
		}
	}
	// What is not there in the end is hidden where nothing is animated: of the three
	// lines and headings two each, with two line numbers and three remarks on a save.
	if n := bytes.Count(svg, []byte(`opacity="0"`)); n != 2+2+2+3 {
		t.Errorf("%d things are not to be seen in the end:\n%s", n, svg)
	}
	// The page changes at 9.95 s of 17, and from there on it is the second.
	for _, want := range []string{
		"{0%{opacity:0}2.94%{opacity:1}58.53%{opacity:0}}",
		"{0%{opacity:0}94.06%{opacity:1}}",
	} {
		if !bytes.Contains(svg, []byte(want)) {
			t.Errorf("no keyframes %s in\n%s", want, svg)
		}
	}
}

// The picture that the README shows is one that this command draws, small enough,
// and shows nothing of the machine that drew it.
func TestPicture(t *testing.T) {
	svg, err := os.ReadFile("session.svg")
	if err != nil {
		t.Fatal(err)
	}
	check(t, svg)
	for _, want := range []string{
		"$ gorun .", "swapped in", "undefined: hello", "the program runs on", "Hello, gophers",
		"prefers-color-scheme:dark",
	} {
		if !bytes.Contains(svg, []byte(want)) {
			t.Errorf("the picture has no %q", want)
		}
	}
	if n := bytes.Count(svg, []byte("swapped in")); n != 2 {
		t.Errorf("the picture has %d reloads, want 2", n)
	}
}

// ofMachine matches what would tell of the machine that a session was recorded on.
var ofMachine = regexp.MustCompile(`/(home|root|tmp|work|Users|var|usr)\b|\x1b`)

// check holds what is true of every picture.
func check(t *testing.T, svg []byte) {
	t.Helper()
	if len(svg) > 60<<10 {
		t.Errorf("the picture has %d bytes", len(svg))
	}
	if m := ofMachine.Find(svg); m != nil {
		t.Errorf("the picture shows %q", m)
	}
	known := []string{"svg", "style", "rect", "text", "tspan"} // no script among them
	for dec := xml.NewDecoder(bytes.NewReader(svg)); ; {
		token, err := dec.Token()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok && !slices.Contains(known, e.Name.Local) {
			t.Errorf("the picture has an element %s", e.Name.Local)
		}
	}
}

// The real session can be recorded, and is drawn as the README's picture is.
func TestRecord(t *testing.T) {
	longtest.Skip(t)
	if runtime.GOOS != "linux" {
		t.Skip("the terminal is made by Linux's calls")
	}
	recorded, err := recordSession(t.Context(), "../../..", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if len(recorded.edits) != 1+len(steps) || len(recorded.pages) != 3 {
		t.Errorf("%d edits, %d pages", len(recorded.edits), len(recorded.pages))
	}
	check(t, draw(recorded))
}
