package front

import "bytes"

// Wants reports whether a connection that begins so is a browser's, in HTTP/1. One that
// begins with a websocket of the page's is none: nothing else comes on it. Every browser
// calls itself Mozilla.
func (f *Front) Wants(begin []byte) (wants, sure bool) {
	if len(begin) > 0 && (begin[0] < 'A' || begin[0] > 'Z') {
		return false, true
	}
	line, _, whole := bytes.Cut(begin, []byte("\r\n"))
	if !whole {
		return false, false
	}
	if !bytes.HasSuffix(line, []byte(" HTTP/1.1")) {
		return false, true
	}
	wants = bytes.Contains(begin, []byte("\r\nUser-Agent: Mozilla/")) ||
		bytes.Contains(begin, []byte("\r\nuser-agent: Mozilla/"))
	sure = bytes.Contains(begin, []byte("\r\n\r\n"))
	if wants && sure && !bytes.Contains(line, []byte(" "+ownPrefix)) {
		h := bytes.ToLower(begin)
		wants = !bytes.Contains(h, []byte("\r\nupgrade: websocket\r\n"))
	}
	return wants, sure
}
