package report

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/gorun-dev/gorun/internal/bench/result"
)

// The picture: a group of bars for each kind of save, a bar for each tool. It shows
// the saves that are made most often; the tables show all. It is narrow, so that
// it can be read on a telephone, and follows the reader's light or dark scheme.
//
// Rejected: a plotting library (this is rectangles and text), and a bitmap (it
// cannot be read in a diff, and is larger).

const (
	pictureWidth = 560
	labelWidth   = 90 // tools' names, at the left
	valueWidth   = 74 // room for a value at a bar's end
	barHeight    = 14
	barGap       = 3
	titleHeight  = 30 // of a group's title
	groupGap     = 8
	topHeight    = 66
)

// drawn are the saves in the picture.
var drawn = []result.Save{result.Body, result.Lines, result.Function}

// classes are the bars' styles by tool: what is done by hand is light, the rivals
// are grey.
var classes = map[string]string{
	"gorun": "own", "floor": "hand", "go-build": "hand", "go-build-s": "hand", "go-run": "hand",
}

const pictureStyle = `text{font:13px system-ui,sans-serif;fill:#1f2a30}.l{text-anchor:end}` +
	`.h{font-weight:600}.d{fill:#5c6b73;font-size:12px}.page{fill:#fff;stroke:#d5dcd9}` +
	`.own{fill:#0a7d5a}.hand{fill:#c5cfd6}.other{fill:#8a97a6}` +
	`@media(prefers-color-scheme:dark){text{fill:#e4eaee}.d{fill:#9fb0ba}.page{fill:#14191d;stroke:#303a41}` +
	`.own{fill:#2fbf8f}.hand{fill:#3f4c55}.other{fill:#6b7a86}}`

// SVG draws the reload table of one program.
func SVG(w io.Writer, res *result.Results, p result.Program) error {
	r := report{res}
	y := topHeight
	scale := float64(pictureWidth-labelWidth-valueWidth) / math.Max(r.slowest(p), 1e-9)
	var b strings.Builder
	for _, save := range drawn {
		y = r.group(&b, y, scale, p, save)
	}
	what := fmt.Sprintf("a web server of %d packages, %d of which import the edited one; light: by hand",
		p.Module, p.Importers)
	where := fmt.Sprintf("%s, %d cores, %s, medians of %d",
		r.Date.Format(time.DateOnly), r.Machine.Cores, r.Machine.Go, r.Rounds)
	_, err := fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" `+
		`width="%[1]d" height="%[2]d" viewBox="0 0 %[1]d %[2]d" role="img" `+
		`aria-label="seconds from a save to the new process, by tool">
<style>%[3]s</style>
<rect class="page" x="0.5" y="0.5" width="%[4]d" height="%[5]d" rx="6"/>
<text class="h" x="16" y="24">From a save to the first instruction of the new process</text>
<text class="d" x="16" y="42">%[6]s</text>
<text class="d" x="16" y="58">%[7]s</text>
%[8]s</svg>
`, pictureWidth, y, pictureStyle, pictureWidth-1, y-1,
		escape(what), escape(where), b.String())
	return err
}

// bars returns the tools for which a save has a bar or a word.
func (r report) bars(p result.Program, save result.Save) []result.Tool {
	var tools []result.Tool
	for _, t := range r.Present() {
		if r.cell(p.Name, t.Name, save.Name, false) != none {
			tools = append(tools, t)
		}
	}
	return tools
}

// slowest is the longest bar's seconds.
func (r report) slowest(p result.Program) float64 {
	most := 0.0
	for _, t := range r.Present() {
		for _, save := range drawn {
			if s := r.Seconds(p.Name, t.Name, save.Name); s > most { // never if it is NaN
				most = s
			}
		}
	}
	return most
}

// group draws the bars of one kind of save below y, and returns where it ends.
func (r report) group(b *strings.Builder, y int, scale float64, p result.Program, save result.Save) int {
	tools := r.bars(p, save)
	if len(tools) == 0 {
		return y
	}
	fmt.Fprintf(b, "<text class=\"h\" x=\"16\" y=\"%d\">%s</text>\n", y+20, escape(save.Title))
	y += titleHeight
	for _, t := range tools {
		width, value := 0.0, r.cell(p.Name, t.Name, save.Name, false)
		if s := r.Seconds(p.Name, t.Name, save.Name); !math.IsNaN(s) {
			width, value = s*scale, value+" s"
		}
		weight := ""
		if t.Name == "gorun" {
			weight = ` class="h"`
		}
		fmt.Fprintf(b, "<text class=\"l\" x=\"%d\" y=\"%d\">%s</text>", labelWidth-8, y+barHeight-2, escape(t.Title))
		fmt.Fprintf(b, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>",
			cmp.Or(classes[t.Name], "other"), labelWidth, y, width, barHeight)
		fmt.Fprintf(b, "<text%s x=\"%.1f\" y=\"%d\">%s</text>\n",
			weight, labelWidth+width+6, y+barHeight-2, escape(value))
		y += barHeight + barGap
	}
	return y + groupGap
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder does not fail
	return b.String()
}
