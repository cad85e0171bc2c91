package front

import (
	"crypto/subtle"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// gorun's own paths on the program's port.
const (
	ownPrefix  = "/.gorun/"
	scriptPath = ownPrefix + "browser.js"
	socketPath = ownPrefix + "socket"
	openPath   = ownPrefix + "open"
)

//go:embed browser.js
var script string

// serveOwnPath answers a request for one of gorun's paths, to the page's own origin only.
func (c *client) serveOwnPath(r request, body framing) bool {
	upgrades := strings.EqualFold(r.get("Upgrade"), "websocket")
	switch {
	case r.path == scriptPath && r.method == "GET" && r.isOwnPage(false):
		return c.sendScript(r)
	case r.path == socketPath && r.method == "GET" && r.isOwnPage(true) && upgrades:
		c.serveSocket(r)
		return false
	case r.path == openPath && r.method == "POST" && r.isOwnPage(true) && c.front.hasToken(r.get("X-Gorun-Token")) &&
		!body.chunked && body.length < 1000:
		b := make([]byte, body.length)
		if _, err := io.ReadFull(c.in, b); err != nil {
			return false
		}
		return c.openPlace(b)
	case r.path == scriptPath || r.path == socketPath || r.path == openPath:
		c.respond("403 Forbidden", plainText,
			"gorun: only for pages of this program, at a name of this machine's\n", lastAnswer)
		return false
	}
	c.respond("404 Not Found", plainText, "gorun: no such path\n", lastAnswer)
	return false
}

// sendScript sends the script: the same for all pages of one gorun, which a browser may keep
// and asks for whether it is still right.
func (c *client) sendScript(r request) bool {
	tag := `"` + c.front.token + `"` // two of one gorun are the same
	status, text := "200 OK", ""
	if r.get("If-None-Match") == tag {
		status = "304 Not Modified"
	} else {
		text = strings.ReplaceAll(script, "%TOKEN%", c.front.token)
	}
	return c.respond(status, "text/javascript; charset=utf-8", text, "Cache-Control: no-cache\r\nETag: "+tag+"\r\n")
}

func (f *Front) hasToken(token string) bool {
	return subtle.ConstantTimeCompare([]byte(token), []byte(f.token)) == 1
}

// serveSocket tells one page what happens, until it is closed.
func (c *client) serveSocket(r request) {
	_, err := fmt.Fprintf(c.conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Accept: %s\r\n\r\n", acceptKey(r.get("Sec-WebSocket-Key")))
	if err != nil {
		return
	}
	messages, leave := c.front.subscribe(c.front.hasToken(strings.TrimPrefix(r.target, socketPath+"?token=")))
	ended := make(chan struct{})
	go func() {
		c.readSocket()
		leave() // which ends the messages
		close(ended)
	}()
	for m := range messages {
		text, err := json.Marshal(m)
		if err == nil {
			err = c.sendFrame(textFrame, text)
		}
		if err != nil {
			break
		}
	}
	c.conn.Close()
	<-ended
}

// readSocket reads what a page says, until it ends.
func (c *client) readSocket() {
	for {
		kind, payload, err := readFrame(c.in)
		switch {
		case err == nil && kind == pingFrame:
			err = c.sendFrame(pongFrame, payload)
		case err == nil && kind == textFrame:
			c.front.sheets.use(payload)
		}
		if err != nil || kind == closeFrame {
			return
		}
	}
}

// sendFrame sends one message. A page that does not read it is cut off: it is told everything
// when it comes again.
func (c *client) sendFrame(kind byte, payload []byte) error {
	_ = c.conn.SetWriteDeadline(time.Now().Add(10 * time.Second))
	_, err := c.conn.Write(frame(kind, payload))
	return err
}

// openPlace opens a place of a failure in the editor. A page names it by numbers, so that it
// can be no other file.
func (c *client) openPlace(b []byte) bool {
	var which struct{ Failure, Place int }
	if err := json.Unmarshal(b, &which); err != nil {
		return c.respond("404 Not Found", plainText, "", notKept)
	}
	p, ok := c.front.place(which.Failure, which.Place)
	if !ok {
		return c.respond("404 Not Found", plainText, "", notKept)
	}
	link := c.front.openEditor(p)
	answer, err := json.Marshal(map[string]string{"link": link})
	if err != nil {
		return false
	}
	return c.respond("200 OK", "application/json", string(answer), notKept)
}
