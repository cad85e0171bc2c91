package main

import (
	"encoding/xml"
	"fmt"
	"math"
	"strings"
	"time"
)

// The picture: an editor, the terminal, and the page in a browser, one above the
// other, so narrow that it can be read on a telephone. CSS animates it: each thing
// is there from some time on, or between two times. Where nothing is
// animated, or the reader asked for less motion, the end is to be seen, which has
// everything in it.
//
// Rejected: a GIF (twenty times as large, unreadable when scaled, one scheme of
// colours), and a player in the page (a README runs no script).

const (
	imageWidth = 480
	margin     = 12
	lineHeight = 18
	fontSize   = 13 // a character is 0.6 of it wide: 56 columns and two margins fit
	barHeight  = 24 // of a window's title
	gap        = 10 // between windows
)

const style = `text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;
fill:#1f2a30;white-space:pre}
.w{fill:#fff;stroke:#d0d7de}.b{fill:#f1f4f6}.t{font-size:11px;fill:#5c6b73}.n{fill:#8a97a6}
.dim{fill:#7a8893}.red{fill:#c62828;font-weight:600}.edit{fill:#0a7d5a}.ok{font-size:11px;fill:#0a7d5a;font-weight:600}
.page{font:600 18px system-ui,sans-serif}
@media(prefers-color-scheme:dark){text{fill:#e4eaee}.w{fill:#14191d;stroke:#303a41}.b{fill:#1e252a}.t{fill:#9fb0ba}
.n{fill:#6b7a86}.dim{fill:#8496a3}.red{fill:#ff7b72}.edit,.ok{fill:#2fbf8f}}
@media(prefers-reduced-motion:reduce){*{animation:none!important}}
`

// A drawing is a picture that is being drawn.
type drawing struct {
	end    time.Duration
	y      int
	body   strings.Builder
	frames strings.Builder // the style sheet's keyframes
	spans  map[span]shown
}

// draw returns the picture of a session as an SVG.
func draw(t *timeline) []byte {
	d := &drawing{end: t.end, spans: make(map[span]shown)}
	d.editor(t.edits)
	d.terminal(screen(t.chunks, columns))
	d.browser(t.pages)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" `+
		`width="%[1]d" height="%[2]d" viewBox="0 0 %[1]d %[2]d" role="img" `+
		`aria-label="a session of gorun: a save, a save that does not compile, and one that mends it">`+"\n",
		imageWidth, d.y-gap)
	fmt.Fprintf(&b, "<style>%s%s</style>\n%s</svg>\n", style, d.frames.String(), d.body.String())
	return []byte(b.String())
}

// window draws a window with a title, and leaves y at its first line's top.
func (d *drawing) window(title string, height int) {
	fmt.Fprintf(&d.body, `<rect class="w" x="0.5" y="%g" width="%d" height="%d" rx="6"/>`,
		float64(d.y)+0.5, imageWidth-1, barHeight+height-1)
	fmt.Fprintf(&d.body, `<rect class="b" x="1" y="%d" width="%d" height="%d" rx="6"/>`,
		d.y+1, imageWidth-2, barHeight-2)
	d.text(margin, d.y+16, "t", title, always)
	d.y += barHeight
}

// text draws text of a class of the style sheet, to be seen while shown says so.
func (d *drawing) text(x, baseline int, class, text string, shown shown) {
	fmt.Fprintf(&d.body, "<text%s x=\"%d\" y=\"%d\">%s</text>\n", shown.attributes(class), x, baseline, escape(text))
}

// editor draws the line of the file as it is edited.
func (d *drawing) editor(edits []edit) {
	top := d.y
	d.window("greeting.go", lineHeight+14)
	for i, e := range edits {
		until := d.end
		if i+1 < len(edits) {
			until = edits[i+1].typed
		}
		show := d.between(e.typed, until)
		d.text(margin, d.y+20, "n", "4", show)
		d.text(margin+2*fontSize, d.y+20, "edit", clip(e.line, columns-4), show)
		if i > 0 {
			x := imageWidth - margin - 40
			d.text(x, top+16, "t", "edited", d.between(e.typed, e.saved))
			d.text(x, top+16, "ok", "saved", d.between(e.saved, until))
		}
	}
	d.y += lineHeight + 14 + gap
}

// clip cuts a line as an editor does that does not wrap.
func clip(line string, length int) string {
	if r := []rune(line); len(r) > length {
		return string(r[:length-1]) + "…"
	}
	return line
}

func (d *drawing) terminal(rows []row) {
	d.window("terminal", (len(rows)+1)*lineHeight+14)
	baseline := d.y + 20
	d.text(margin, baseline, "", "$ gorun .", always)
	for _, r := range rows {
		baseline += lineHeight
		fmt.Fprintf(&d.body, `<text%s x="%d" y="%d">`, d.between(r.at, d.end).attributes(""), margin, baseline)
		for _, run := range r.runs {
			if run.style == "" {
				d.body.WriteString(escape(run.text))
			} else {
				fmt.Fprintf(&d.body, `<tspan class="%s">%s</tspan>`, run.style, escape(run.text))
			}
		}
		d.body.WriteString("</text>\n")
	}
	d.y += (len(rows)+1)*lineHeight + 14 + gap
}

func (d *drawing) browser(pages []page) {
	const height = 48
	d.window(strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/"), height)
	for i, p := range pages {
		until := d.end
		if i+1 < len(pages) {
			until = pages[i+1].at
		}
		d.text(margin, d.y+31, "page", p.heading, d.between(p.at, until))
	}
	d.y += height + gap
}

// A shown says when something is to be seen.
type shown struct {
	class  string // which animates it; "": it is there all the time
	hidden bool   // it is not there in the end, nor where nothing is animated
}

var always shown

func (s shown) attributes(class string) string {
	attributes := ""
	if class = strings.TrimSpace(class + " " + s.class); class != "" {
		attributes = fmt.Sprintf(` class="%s"`, class)
	}
	if s.hidden {
		attributes += ` opacity="0"`
	}
	return attributes
}

// between makes the animation of what is to be seen between two times.
func (d *drawing) between(from, to time.Duration) shown {
	if from <= 0 && to >= d.end {
		return always
	}
	at := span{from, to}
	s, ok := d.spans[at]
	if ok {
		return s
	}
	s = shown{class: fmt.Sprintf("k%d", len(d.spans)), hidden: to < d.end}
	d.spans[at] = s
	fmt.Fprintf(&d.frames, ".%[1]s{animation:%[1]s %.2[2]fs step-end infinite}@keyframes %[1]s{",
		s.class, d.end.Seconds())
	if from > 0 {
		d.frames.WriteString("0%{opacity:0}")
	}
	fmt.Fprintf(&d.frames, "%s{opacity:1}", d.percent(from))
	if s.hidden {
		fmt.Fprintf(&d.frames, "%s{opacity:0}", d.percent(to))
	}
	d.frames.WriteString("}\n")
	return s
}

func (d *drawing) percent(at time.Duration) string {
	return fmt.Sprintf("%.2f%%", math.Max(0, 100*at.Seconds()/d.end.Seconds()))
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder does not fail
	return b.String()
}
