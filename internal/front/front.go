// Package front is the program's own port as a browser sees it: documents get a script,
// pages load again when a new version is ready, and show what is wrong while something is.
//
// A [Front] serves the browsers' connections that exec gives it, one goroutine each, and
// hears the events that live tells. The invariant: what is not a document that a browser
// navigates to goes on byte for byte, as it comes; and pages are told of nothing but what an
// event has told the front.
//
// What the program is, and when it is ready, live decides; which connections come here, and
// how they come to the program under the client's address, is exec's.
//
//	front.go      Front: events in, messages to pages out
//	state.go      what is known of the program, and what pages are told
//	failure.go    what pages show of a failed build
//	stack.go      the same of a panic, from what the program has said
//	editor.go     which editor shows a place
//	sheets.go     style sheets that the program reads from disk
//
//	wants.go      which connections are a browser's
//	client.go     one connection: requests to the program, answers back
//	head.go       heads of messages
//	body.go       bodies
//	inject.go     where the script goes into a document
//	csp.go        the page's policy for what it loads
//
//	own.go        gorun's own paths
//	host.go       who may ask them
//	websocket.go  the socket of a page
//	page.go       the page that is shown when no program answers
//	browser.js    the script
//
//	flag.go       the value of -browser
//	proxy.go      a second port, where the program's own cannot be had
package front

import (
	"crypto/rand"
	"slices"
	"sync"
	"time"

	"github.com/gorun-dev/gorun/internal/event"
)

// Options are what a front needs to know.
type Options struct {
	Dir    string // the user's directory: files are named as they are called there
	Getenv func(string) string
	Fail   func(format string, args ...any) // tells the user of trouble
}

// A Front serves browsers. Its methods may be called from any goroutine.
type Front struct {
	options Options
	token   string
	sheets  *sheets

	mu       sync.Mutex
	state    state
	pages    map[chan message]bool // of open pages; closed by who takes one off
	outputs  []*Output             // of the programs that run, and some that ran
	failures []*failure            // that a page may still show
	events   []event.Event         // not heard yet
	hearing  bool                  // a goroutine hears them
	closed   bool

	foreign sync.Once // it was said that pages at a name of elsewhere are left alone
}

const (
	outputsMost  = 4  // programs that run at a time, and the one before
	failuresMost = 16 // more than a page shows
	pageQueue    = 16 // messages that a page may be behind
)

// New returns a front. Nothing runs until it is used.
func New(o Options) *Front {
	f := &Front{
		options: o, token: rand.Text(),
		state: state{dir: o.Dir, coming: true}, pages: make(map[chan message]bool),
	}
	f.sheets = &sheets{
		dir: o.Dir, names: make(map[string]bool), files: make(map[string]*sheet),
		tell: func(names []string) { f.tellSheets(names) }, open: f.hasPages,
	}
	return f
}

// Close ends the sockets of all pages.
func (f *Front) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	for page := range f.pages {
		f.drop(page)
	}
}

// drop ends what a page is told. Called with mu held.
func (f *Front) drop(page chan message) {
	if f.pages[page] {
		delete(f.pages, page)
		close(page)
	}
}

// Hear takes note of an event. It does not wait.
func (f *Front) Hear(e event.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.events = append(f.events, e)
	if !f.hearing {
		f.hearing = true
		go f.hear()
	}
}

// hear tells pages of events, until there are none left. The files that a failure names are
// read here.
func (f *Front) hear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.events) > 0 {
		e := f.events[0]
		f.events = f.events[1:]
		for _, p := range e.Paths {
			f.sheets.forget(p)
		}
		m := f.state.hear(e, f.stderr)
		if m == nil {
			continue
		}
		f.remember(m.Failure)
		f.tell(*m)
	}
	f.hearing = false
}

// tell tells all pages. One that does not listen is cut off: it comes again, and hears what
// holds then.
func (f *Front) tell(m message) {
	for page := range f.pages {
		select {
		case page <- m:
		default:
			f.drop(page)
		}
	}
}

func (f *Front) tellSheets(names []string) {
	f.mu.Lock()
	m := f.state.message()
	m.From, m.Sheets = m.Ready, names
	f.tell(m)
	f.mu.Unlock()
}

// subscribe returns what a page is told, beginning with what holds now. A page of another
// gorun, which has not this one's token, only learns that there is another program.
func (f *Front) subscribe(trusted bool) (messages <-chan message, leave func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	page := make(chan message, pageQueue)
	m := f.state.message()
	switch {
	case f.closed:
		close(page)
	case !trusted:
		page <- message{Ready: m.Ready}
		close(page)
	default:
		page <- m
		f.pages[page] = true
	}
	return page, func() {
		f.mu.Lock()
		f.drop(page)
		f.mu.Unlock()
	}
}

func (f *Front) hasPages() bool {
	f.mu.Lock()
	n := len(f.pages)
	f.mu.Unlock()
	return n > 0
}

// Output returns what is to hear the standard error of a program that is about to start.
func (f *Front) Output() *Output {
	f.mu.Lock()
	defer f.mu.Unlock()
	o := &Output{}
	f.outputs = append(f.outputs, o)
	f.outputs = f.outputs[max(0, len(f.outputs)-outputsMost):]
	return o
}

// stderr is what a program has said last. Called with mu held.
func (f *Front) stderr(pid int) string {
	for _, o := range f.outputs {
		if o.pid.Load() == int64(pid) {
			return o.end()
		}
	}
	return ""
}

// remember keeps a failure for who wants to see a place of it. Called with mu held.
func (f *Front) remember(failed *failure) {
	if failed == nil || slices.Contains(f.failures, failed) {
		return
	}
	f.failures = append(f.failures, failed)
	f.failures = f.failures[max(0, len(f.failures)-failuresMost):]
}

// place returns a place of a failure.
func (f *Front) place(id, number int) (p place, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, o := range f.failures {
		if o.ID == id && number >= 0 && number < len(o.Places) {
			return o.Places[number], true
		}
	}
	return p, false
}

// sayForeign says why a page is left alone.
func (f *Front) sayForeign(host string) {
	f.foreign.Do(func() {
		f.options.Fail("-browser: pages at %q are left alone, as that name may be another machine's; localhost, an address, "+
			"or a name below .localhost, .test or .internal is none", host)
	})
}

// now is what is known of the program.
func (f *Front) now() state {
	f.mu.Lock()
	s := f.state
	f.mu.Unlock()
	return s
}

// sayTime is how long a program's words take from it to gorun, and events from the loop to
// the front.
const sayTime = 300 * time.Millisecond

// whyNoAnswer is why the program has not answered a client that asked, and the process to
// which that happened, 0 if it has ended. What is said of it may take a moment to come.
func (f *Front) whyNoAnswer(client string) (why *failure, pid int) {
	for begin := time.Now(); ; time.Sleep(sayTime / 20) {
		s := f.now()
		if why = s.down(); why != nil {
			return why, 0
		}
		if s.running == 0 {
			return &failure{Title: "The program is about to start"}, 0
		}
		f.mu.Lock()
		text, ok := handlerPanic(f.stderr(s.running), client)
		if ok {
			why = &failure{Title: "The program panicked"}
			why.addStack(text, f.options.Dir)
			f.state.number++
			why.ID = f.state.number
			f.remember(why)
		}
		f.mu.Unlock()
		if ok {
			return why, s.running
		}
		if time.Since(begin) > sayTime {
			return &failure{Title: "The program has closed the connection without an answer"}, s.ready
		}
	}
}
