package front

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
)

// The socket over which a page hears what happens (RFC 6455): gorun sends texts, and of
// what comes it understands a ping and the end.
//
// Rejected: server-sent events, of which a browser keeps six to a host in all tabs together,
// as of all of HTTP/1; the seventh tab would wait for ever, for the page, too.

// The kinds of a frame.
const (
	textFrame  = 1
	closeFrame = 8
	pingFrame  = 9
	pongFrame  = 10
)

// acceptKey is the answer to a handshake's key.
func acceptKey(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// frame is one whole message of the server's.
func frame(kind byte, payload []byte) []byte {
	b := []byte{0x80 | kind}
	switch n := len(payload); {
	case n < 126:
		b = append(b, byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
	}
	return append(b, payload...)
}

// frameLimit is more than a page has to say.
const frameLimit = 64 << 10

var errFrame = errors.New("a frame that cannot be read")

// readFrame reads one frame of the client's, whose bytes are masked.
func readFrame(r *bufio.Reader) (kind byte, payload []byte, err error) {
	var b [8]byte
	if _, err := io.ReadFull(r, b[:2]); err != nil {
		return 0, nil, err
	}
	kind = b[0] & 0x0f
	n := uint64(b[1] & 0x7f)
	if b[1]&0x80 == 0 {
		return 0, nil, errFrame
	}
	switch n {
	case 126:
		_, err = io.ReadFull(r, b[:2])
		n = uint64(binary.BigEndian.Uint16(b[:2]))
	case 127:
		_, err = io.ReadFull(r, b[:8])
		n = binary.BigEndian.Uint64(b[:8])
	}
	if err == nil && n > frameLimit {
		err = errFrame
	}
	if err != nil {
		return 0, nil, err
	}
	masked := make([]byte, 4+n)
	if _, err := io.ReadFull(r, masked); err != nil {
		return 0, nil, err
	}
	mask, payload := masked[:4], masked[4:]
	for i := range payload {
		payload[i] ^= mask[i%4]
	}
	return kind, payload, nil
}
