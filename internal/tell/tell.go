// Package tell lets a gorun that runs be found and spoken to, by another gorun of
// the same user: a unix socket in a directory of that user's, or, where there are none
// for this (Windows), a port of the loopback interface with a secret that is in a
// file there.
//
// One line of JSON goes each way, then the connection ends. The invariant: whatever
// comes through a socket, or does not come, costs the gorun at the other end a
// bounded number of goroutines, each with a bounded line, and nothing else; the loop
// is never waited for by a reader that hangs, nor does it wait for one.
//
// [Listen] makes a gorun one that can be found; [Find] finds those in a directory, and a
// [Choice] says which of them is to be asked. What becomes of a request is live's; where
// the directory is, is cachedir's.
//
//	tell.go      what goes over a connection
//	server.go    answers
//	client.go    finds and asks
//	order.go     what may be asked for: the value of -tell; alive.go: whether there will be an answer
//	dirs.go      where they are found; who.go: what one says of itself
//	choose.go    which of those found is asked
//	status.go    what -tell status prints
//	unix.go      unix sockets; short_linux.go and short_other.go: in a directory with a long path
//	loopback.go  a port and a secret; other.go: for systems without such sockets
package tell

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gorun-dev/gorun/internal/event"
)

// version is that of the protocol: both sides name it, and refuse another one.
const version = 1

const (
	// requestLimit and replyLimit bound a line in bytes. A reply may hold what a
	// broken build has to say.
	requestLimit = 64 << 10
	replyLimit   = 4 << 20

	// patience is how long the other side may take for a line that it can write, or
	// read, without doing anything: it is on the same machine.
	patience = 5 * time.Second
)

// A Request is what is asked.
type Request struct {
	Version int    `json:"gorun"`
	Secret  string `json:"secret,omitempty"`
	Do      string `json:"do"` // doWho, or one of order.go's words
	Profile string `json:"profile,omitempty"`
	Program string `json:"program,omitempty"` // which of several; "" for all
	After   int    `json:"after,omitempty"`   // of logs: wait for lines after this number
}

// doWho asks a server who it is, which it answers by itself.
const doWho = "who"

// A Reply is what comes back.
type Reply struct {
	Version int           `json:"gorun"`
	Error   string        `json:"error,omitempty"`  // why it was not done; "" if it was
	Text    string        `json:"text,omitempty"`   // what was done
	Output  string        `json:"output,omitempty"` // with an error: what the compiler said
	Status  *event.Status `json:"status,omitempty"`
	Who     *Who          `json:"who,omitempty"`
	Lines   []string      `json:"lines,omitempty"`  // of logs
	Number  int           `json:"number,omitempty"` // of the last of them, counted from 1 since gorun was started
}

// A Who says which gorun it is.
type Who struct {
	Pid      int      `json:"pid"`
	Dir      string   `json:"dir"`      // where it builds
	Package  []string `json:"package"`  // what it runs, as on its command line
	Target   string   `json:"target"`   // the same, however it is spelled
	Projects []string `json:"projects"` // the directories of the modules or workspaces that it is part of
}

// MarshalJSON writes paths so that UnmarshalJSON reads the very same ones, whatever their
// bytes are: JSON itself has only text.
func (w Who) MarshalJSON() ([]byte, error) { return json.Marshal(whoText(w.mapped(textOf))) }

// UnmarshalJSON reads what MarshalJSON has written.
func (w *Who) UnmarshalJSON(data []byte) error {
	err := json.Unmarshal(data, (*whoText)(w))
	*w = w.mapped(pathOf)
	return err
}

// whoText is a Who with paths that are text.
type whoText Who

// mapped returns w with its paths and words converted.
func (w Who) mapped(convert func(string) string) Who {
	each := func(list []string) []string {
		list = slices.Clone(list)
		for i := range list {
			list[i] = convert(list[i])
		}
		return list
	}
	w.Dir, w.Target, w.Package, w.Projects = convert(w.Dir), convert(w.Target), each(w.Package), each(w.Projects)
	return w
}

// quoted begins a path that is written as a quoted string, because it is no text. No path
// begins so.
const quoted = "\x00"

func textOf(path string) string {
	if utf8.ValidString(path) {
		return path
	}
	return quoted + strconv.QuoteToASCII(path)
}

func pathOf(text string) string {
	if rest, ok := strings.CutPrefix(text, quoted); ok {
		if path, err := strconv.Unquote(rest); err == nil {
			return path
		}
	}
	return text
}

// A transport is how the processes of a user reach each other.
type transport interface {
	// listen makes an entry in a directory, by which dial finds the listener, and
	// returns its name and the secret that requests have to carry.
	listen(dir, name string) (l net.Listener, entry, secret string, err error)
	// dial reaches the listener of an entry. The error is errStale if there is none
	// any more.
	dial(dir, entry string) (c net.Conn, secret string, err error)
	ending() string // of the entries' names
}

var errStale = errors.New("nobody is there any more")

// writeLine writes a line that the other side is there to read.
func writeLine(c net.Conn, v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if err := c.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	_, err = c.Write(append(line, '\n'))
	return err
}

// readLine reads a line, for as long as the connection's deadline lets it.
func readLine(r io.Reader, limit int64, v any) error {
	line, err := bufio.NewReader(io.LimitReader(r, limit)).ReadBytes('\n')
	switch {
	case errors.Is(err, io.EOF) && int64(len(line)) >= limit:
		return fmt.Errorf("a line of more than %d bytes", limit)
	case err != nil:
		return err
	}
	return json.Unmarshal(line, v)
}
