package front

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// unavailable answers a request to which the program gives no answer: with a page that shows
// what is wrong, to who navigates; to others by closing the connection, as the program does.
// f is what is wrong, nil if that is not known yet.
func (c *client) unavailable(x *exchange, f *failure) bool {
	if !x.navigation || !x.wantsHTML() && x.get("Sec-Fetch-Dest") == "" {
		if x.sent == nil { // it has not even got a program to ask
			c.respond(unavailableStatus, plainText, "gorun: no program runs\n", lastAnswer)
		}
		return false
	}
	page := 0
	if f == nil {
		f, page = c.front.whyNoAnswer(c.conn.RemoteAddr().String())
	}
	c.respond(unavailableStatus, "text/html; charset=utf-8", failurePage(f, page), lastAnswer)
	return false
}

// failurePage is a page that shows a failure, with and without the script.
func failurePage(f *failure, page int) string {
	data, err := json.Marshal(f) // in which < is \u003c
	if err != nil {
		data = []byte("null")
	}
	text := ""
	for _, p := range f.Places {
		text += p.File + ":" + strconv.Itoa(p.Line) + ": " + p.Message + "\n"
	}
	return fmt.Sprintf(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>gorun: %[1]s</title>
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<script type="application/json" id="gorun-failure">%[3]s</script>
%[4]s</head>
<body><h1>%[1]s</h1><pre>%[2]s</pre></body></html>
`, escaped(f.Title), escaped(text+f.Text), data, scriptTag(page, "", false))
}

// escaped is text within HTML.
//
// Rejected: package html, which would put the names of two thousand characters into gorun.
func escaped(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// What answers of gorun's own are alike in.
const (
	plainText         = "text/plain; charset=utf-8"
	unavailableStatus = "503 Service Unavailable\r\nRetry-After: 1"
	notKept           = "Cache-Control: no-store\r\n"
	lastAnswer        = notKept + "Connection: close\r\n"
)

// respond sends an answer of gorun's own, with these fields in its head. It reports whether
// that went well. The lastAnswer of a connection it waits for to be read.
func (c *client) respond(status, media, body, fields string) bool {
	_, err := fmt.Fprintf(c.conn, "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n"+
		"X-Content-Type-Options: nosniff\r\nCross-Origin-Resource-Policy: same-origin\r\n%s\r\n%s",
		status, media, len(body), fields, body)
	if fields == lastAnswer {
		closeWrite(c.conn)
		_ = c.conn.SetReadDeadline(time.Now().Add(lingerLimit))
		_, _ = io.Copy(io.Discard, c.in)
	}
	return err == nil
}
