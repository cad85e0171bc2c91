package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strings"
	"time"
)

// The picture: a group of bars for each kind of save, a bar for each tool.
//
// Rejected: a plotting library (this is rectangles and text), and a bitmap (it
// cannot be read in a diff, and is larger).

const (
	pictureWidth = 860
	labelWidth   = 120 // tools' names, at the left
	valueWidth   = 120 // room for a value at a bar's end
	barHeight    = 13
	barGap       = 3
	groupGap     = 34 // with the group's title in it
	topHeight    = 52
)

// colours by tool: what is done by hand is light, and the rest are grey.
var colours = map[string]string{"gorun": "#0a7d5a", "floor": "#c5cfd6", "go-build": "#c5cfd6", "go-build-s": "#c5cfd6", "go-run": "#c5cfd6"}

// writeSVG draws the reload table of one program.
func (r *Results) writeSVG(w io.Writer, p ProgramInfo) error {
	var tools []ToolInfo
	for _, t := range r.present() {
		for _, c := range columns() {
			if r.reload(p.Name, t.Name, c.name) != nil {
				tools = append(tools, t)
				break
			}
		}
	}
	most := 0.0
	for _, t := range tools {
		for _, c := range columns() {
			if s := r.seconds(p.Name, t.Name, c.name); s > most {
				most = s
			}
		}
	}
	var b strings.Builder
	y := topHeight
	scale := float64(pictureWidth-labelWidth-valueWidth) / math.Max(most, 1e-9)
	for _, c := range columns() {
		var bars []ToolInfo
		for _, t := range tools {
			if r.reload(p.Name, t.Name, c.name) != nil && r.cell(p.Name, t.Name, c.name, false) != "–" {
				bars = append(bars, t)
			}
		}
		if len(bars) == 0 {
			continue
		}
		fmt.Fprintf(&b, "<text class=\"h\" x=\"16\" y=\"%d\">%s</text>\n", y+18, escape(c.title))
		y += groupGap - 8
		for _, t := range bars {
			s := r.seconds(p.Name, t.Name, c.name)
			width := 0.0
			if !math.IsNaN(s) {
				width = s * scale
			}
			colour, ok := colours[t.Name]
			if !ok {
				colour = "#8a97a6"
			}
			value := r.cell(p.Name, t.Name, c.name, false)
			if !math.IsNaN(s) {
				value += " s"
			}
			class := "v"
			if t.Name == "gorun" {
				class = "v g"
			}
			fmt.Fprintf(&b, "<text class=\"t\" x=\"%d\" y=\"%d\">%s</text><rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/><text class=\"%s\" x=\"%.1f\" y=\"%d\">%s</text>\n",
				labelWidth-8, y+barHeight-3, escape(t.Title), labelWidth, y, width, barHeight, colour, class, labelWidth+width+6, y+barHeight-3, escape(value))
			y += barHeight + barGap
		}
		y += 8
	}
	y += 10
	_, err := fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" width="%[1]d" height="%[2]d" viewBox="0 0 %[1]d %[2]d" role="img" aria-label="seconds from a save to the new process, by tool">
<style>text{font-family:system-ui,sans-serif;font-size:12px;fill:#1f2a30}.t{text-anchor:end}.h{font-weight:600;font-size:13px}.g{font-weight:600}.d{fill:#5c6b73}</style>
<rect width="%[1]d" height="%[2]d" rx="6" fill="#ffffff" stroke="#d5dcd9"/>
<text class="h" x="16" y="24">From a save to the first instruction of the new process</text>
<text class="d" x="16" y="42">%[3]s</text>
%[4]s</svg>
`, pictureWidth, y, escape(fmt.Sprintf("%d packages, %d of them importing the edited one; light: by hand; %s, %d cores, %s, n = %d",
		p.Module, p.Importers, r.Date.Format(time.DateOnly), r.Machine.Cores, r.Machine.Go, r.Rounds)), b.String())
	return err
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder does not fail
	return b.String()
}
