package main

import (
	"strings"
	"time"
)

// A row is a line of the terminal, from the time when its first character was
// there.
type row struct {
	at   time.Duration
	runs []run
}

// A run is text in one style: "dim", "red", or "" for plain.
type run struct{ style, text string }

// styles are the escape sequences that gorun writes (internal/console).
var styles = map[string]string{"2": "dim", "31": "red", "0": "", "": ""}

// screen returns the rows of a terminal with so many columns. It knows what gorun,
// the go command and the demo write: text, ends of lines, and the sequences of
// styles; a bell is no text. Anything else would stand in the picture as it is,
// and a test looks for that.
func screen(chunks []chunk, columns int) []row {
	var rows []row
	style, open := "", false // open: the last row goes on
	for _, c := range chunks {
		text := strings.NewReplacer("\r", "", "\a", "").Replace(c.text)
		for text != "" {
			if code, rest, ok := sequence(text); ok {
				style, text = styles[code], rest
				continue
			}
			r, rest := firstRune(text)
			text = rest
			if r == "\n" {
				if !open { // an empty line
					rows = append(rows, row{at: c.at})
				}
				open = false
				continue
			}
			if !open || width(rows[len(rows)-1]) == columns {
				rows = append(rows, row{at: c.at})
				open = true
			}
			rows[len(rows)-1].add(style, r)
		}
	}
	return rows
}

// sequence splits an escape sequence of a style off the front of a text.
func sequence(text string) (code, rest string, ok bool) {
	text, ok = strings.CutPrefix(text, "\x1b[")
	if !ok {
		return "", "", false
	}
	code, rest, ok = strings.Cut(text, "m")
	if _, known := styles[code]; !known {
		return "", "", false
	}
	return code, rest, ok
}

func firstRune(text string) (first, rest string) {
	for i := range text {
		if i > 0 {
			return text[:i], text[i:]
		}
	}
	return text, ""
}

func (r *row) add(style, text string) {
	if n := len(r.runs); n > 0 && r.runs[n-1].style == style {
		r.runs[n-1].text += text
		return
	}
	r.runs = append(r.runs, run{style, text})
}

func width(r row) int {
	n := 0
	for _, run := range r.runs {
		n += len([]rune(run.text))
	}
	return n
}
