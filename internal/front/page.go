package front

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// unavailable answers a request to which the program gives no answer: with a page that shows
// what is wrong, to who navigates; to others by closing the connection, as the program does.
// f is what is wrong, nil if that is not known yet.
func (c *client) unavailable(x *exchange, f *failure) bool {
	if !x.navigation || !x.wantsHTML() && x.get("Sec-Fetch-Dest") == "" {
		if x.sent == nil { // it has not even got a program to ask
			c.respond(503, "text/plain; charset=utf-8", []byte("gorun: no program runs\n"),
				"Retry-After: 1", "Connection: close")
		}
		return false
	}
	page := 0
	if f == nil {
		f, page = c.front.whyNoAnswer(c.conn.RemoteAddr().String())
	}
	c.respond(503, "text/html; charset=utf-8", failurePage(f, page), "Retry-After: 1", "Connection: close")
	return false
}

// failurePage is a page that shows a failure, with and without the script.
func failurePage(f *failure, page int) []byte {
	data, err := json.Marshal(f) // in which < is \u003c
	if err != nil {
		data = []byte("null")
	}
	var text strings.Builder
	for _, p := range f.Places {
		fmt.Fprintf(&text, "%s:%d: %s\n", p.File, p.Line, p.Message)
	}
	text.WriteString(f.Text)
	var b bytes.Buffer
	fmt.Fprintf(&b, `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>gorun: %[1]s</title>
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<script type="application/json" id="gorun-failure">%[3]s</script>
%[4]s</head>
<body><h1>%[1]s</h1><pre>%[2]s</pre></body></html>
`, escaped(f.Title), escaped(text.String()), data, scriptTag(page, "", false))
	return b.Bytes()
}

// escaped is text within HTML.
//
// Rejected: package html, which would put the names of two thousand characters into gorun.
func escaped(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// respond sends an answer of gorun's own.
func (c *client) respond(code int, media string, body []byte, fields ...string) bool {
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nX-Content-Type-Options: nosniff\r\n",
		code, http.StatusText(code), media, len(body))
	fmt.Fprintf(&b, "Cross-Origin-Resource-Policy: same-origin\r\n")
	cached := false
	closes := false
	for _, f := range fields {
		b.WriteString(f + "\r\n")
		cached = cached || strings.HasPrefix(f, "Cache-Control:")
		closes = closes || f == "Connection: close"
	}
	if !cached {
		b.WriteString("Cache-Control: no-store\r\n")
	}
	b.WriteString("\r\n")
	b.Write(body)
	_, err := c.conn.Write(b.Bytes())
	if closes {
		closeWrite(c.conn)
		_ = c.conn.SetReadDeadline(time.Now().Add(lingerLimit))
		_, _ = io.Copy(io.Discard, c.in)
	}
	return err == nil && !closes
}
