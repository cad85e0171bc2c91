package front

import (
	"bufio"
	"bytes"
	"errors"
	"strconv"
	"strings"
)

// Heads of HTTP/1 messages, as they came: what is not changed goes on byte for byte, in the
// order and the spelling that it had.
//
// Rejected: net/http's ReadRequest and ReadResponse, which spell and order a head their own
// way, and hide what they do not know of.

// headLimit is as much of a head as is read; what is longer is passed on unread.
const headLimit = 64 << 10

// A head is the lines of a message up to the empty one, with their ends.
type head struct {
	first  string   // the first line, without its end
	fields []string // "Name: value"
	raw    []byte   // all of it
}

// errForeign is what is not HTTP/1.
var errForeign = errors.New("not HTTP/1")

// readHead reads a head. With errForeign, what was read is in raw.
func readHead(r *bufio.Reader) (h head, err error) {
	for {
		line, err := r.ReadSlice('\n')
		h.raw = append(h.raw, line...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			return h, errForeign
		case err != nil:
			return h, err
		}
		text := strings.TrimSuffix(strings.TrimSuffix(string(line), "\n"), "\r")
		switch {
		case h.first == "" && text == "":
			return h, errForeign
		case h.first == "":
			h.first = text
			if !strings.Contains(text, "HTTP/1.") {
				return h, errForeign
			}
		case text == "":
			return h, nil
		case text[0] == ' ' || text[0] == '\t' || !strings.Contains(text, ":"):
			return h, errForeign // a field of several lines, which nobody sends any more
		default:
			h.fields = append(h.fields, text)
		}
		if len(h.raw) > headLimit {
			return h, errForeign
		}
	}
}

func split(field string) (name, value string) {
	name, value, _ = strings.Cut(field, ":")
	return name, strings.TrimSpace(value)
}

// get returns the value of the first field of that name.
func (h *head) get(name string) string {
	value, _ := h.lookUp(name)
	return value
}

func (h *head) lookUp(name string) (value string, ok bool) {
	for _, f := range h.fields {
		if n, v := split(f); strings.EqualFold(n, name) {
			return v, true
		}
	}
	return "", false
}

// has reports whether one of the words of a list, in any of the fields of that name, is
// word.
func (h *head) has(name, word string) bool {
	for _, f := range h.fields {
		n, v := split(f)
		if !strings.EqualFold(n, name) {
			continue
		}
		for _, w := range strings.Split(v, ",") {
			if strings.EqualFold(strings.TrimSpace(w), word) {
				return true
			}
		}
	}
	return false
}

// change has edit make another line of each field; "" drops it.
func (h *head) change(edit func(name, value, field string) string) {
	kept := h.fields[:0:0]
	for _, f := range h.fields {
		name, value := split(f)
		if f = edit(strings.ToLower(name), value, f); f != "" {
			kept = append(kept, f)
		}
	}
	h.fields = kept
}

// bytes is the head as it is sent after a change.
func (h *head) bytes() []byte {
	var b bytes.Buffer
	b.WriteString(h.first + "\r\n")
	for _, f := range h.fields {
		b.WriteString(f + "\r\n")
	}
	b.WriteString("\r\n")
	return b.Bytes()
}

// A framing is how the end of a body is known.
type framing struct {
	chunked  bool
	length   int64 // of one that is not chunked
	untilEnd bool  // the connection's end is the body's
}

// framing is that of a message's body; ok is false if it cannot be told. A request without
// a word of it has none, a response ends with the connection.
func (h *head) framing(response bool) (f framing, ok bool) {
	length, given := h.lookUp("Content-Length")
	coding, coded := h.lookUp("Transfer-Encoding")
	switch {
	case coded && (given || !strings.EqualFold(coding, "chunked")):
		return f, false
	case coded:
		f.chunked = true
	case given:
		n, err := strconv.ParseInt(length, 10, 64)
		f.length, ok = n, err == nil && n >= 0
		return f, ok
	default:
		f.untilEnd = response
	}
	return f, true
}

// isEmpty reports whether there is no body.
func (f framing) isEmpty() bool { return !f.chunked && !f.untilEnd && f.length == 0 }

// keepsAlive reports whether the connection goes on after a message.
func (h *head) keepsAlive() bool {
	if strings.Contains(h.first, "HTTP/1.0") {
		return h.has("Connection", "keep-alive")
	}
	return !h.has("Connection", "close")
}

// A request is a request's head.
type request struct {
	head
	method, target, path string
}

// asRequest reads a request's first line.
func asRequest(h head) (r request, ok bool) {
	words := strings.Split(h.first, " ")
	if len(words) != 3 || (words[2] != "HTTP/1.1" && words[2] != "HTTP/1.0") || words[0] == "CONNECT" {
		return r, false
	}
	r = request{head: h, method: words[0], target: words[1]}
	r.path, _, _ = strings.Cut(r.target, "?")
	return r, true
}

// isNavigation reports whether a browser asks for a document that it is going to show.
func (r *request) isNavigation() bool {
	if r.method != "GET" && r.method != "POST" {
		return false
	}
	if _, ok := r.lookUp("Range"); ok {
		return false
	}
	if _, ok := r.lookUp("Upgrade"); ok {
		return false
	}
	switch dest := r.get("Sec-Fetch-Dest"); dest {
	case "document", "iframe", "frame":
		return true
	case "":
	default:
		return false
	}
	// A browser leaves the word out where the origin is neither HTTPS nor this machine.
	for _, fragment := range []string{"HX-Request", "Turbo-Frame", "X-Up-Version", "X-PJAX", "X-Requested-With"} {
		if _, ok := r.lookUp(fragment); ok {
			return false
		}
	}
	return r.wantsHTML()
}

// wantsHTML reports whether HTML is asked for by name.
func (r *request) wantsHTML() bool { return strings.Contains(r.get("Accept"), "text/html") }

// status is a response's status code.
func (h *head) status() (code int, ok bool) {
	words := strings.SplitN(h.first, " ", 3)
	if len(words) < 2 || !strings.HasPrefix(words[0], "HTTP/1.") {
		return 0, false
	}
	code, err := strconv.Atoi(words[1])
	return code, err == nil && code >= 100 && code < 1000
}
