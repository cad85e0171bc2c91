package event

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// said collects what a stream has to say.
type said struct {
	mu    sync.Mutex
	lines []string
}

func (s *said) fail(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, fmt.Sprintf(format, args...))
}

func (s *said) want(t *testing.T, want ...string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if strings.Join(s.lines, "\n") != strings.Join(want, "\n") {
		t.Errorf("said %q, want %q", s.lines, want)
	}
}

// sink is a reader that takes its time.
type sink struct {
	buf    strings.Builder
	hang   chan struct{} // Write waits for it; nil means not at all
	err    error
	closed bool
}

func (s *sink) Write(p []byte) (int, error) {
	if s.hang != nil {
		<-s.hang
	}
	if s.err != nil {
		return 0, s.err
	}
	return s.buf.Write(p)
}

func (s *sink) Close() error { s.closed = true; return nil }

func TestStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s said
		to := &sink{}
		stream := NewStream(to, s.fail)
		for i := range 3 {
			stream.Send(Event{Kind: Build, Reload: i, Reason: "a<b>&\"c\"\n"})
		}
		stream.Close()
		s.want(t)
		lines := strings.Split(to.buf.String(), "\n")
		if len(lines) != 4 || lines[3] != "" || !to.closed {
			t.Fatalf("%q, closed: %v", lines, to.closed)
		}
		for i, line := range lines[:3] {
			var e Event
			if err := json.Unmarshal([]byte(line), &e); err != nil || e.Reload != i || !strings.Contains(line,
				`a<b>&`) {
				t.Errorf("%s: %v", line, err)
			}
		}
	})
}

func TestStreamThatNobodyReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s said
		to := &sink{hang: make(chan struct{})}
		stream := NewStream(to, s.fail)
		synctest.Wait()
		for range buffered { // one is being written
			stream.Send(Event{Kind: Build})
			synctest.Wait()
		}
		s.want(t)
		before := time.Now()
		for range 10 {
			stream.Send(Event{Kind: Build})
			synctest.Wait()
		}
		s.want(t, "-events: nobody has read the last 1024 events; there will be no more")
		stream.Close()
		if d := time.Since(before); d != flushLimit {
			t.Errorf("closing took %v", d)
		}
		close(to.hang)
		synctest.Wait()
		if n := strings.Count(to.buf.String(), "\n"); n != 1 {
			t.Errorf("%d events after the end of the stream", n)
		}
	})
}

func TestStreamThatIsReadTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s said
		to := &sink{hang: make(chan struct{})}
		stream := NewStream(to, s.fail)
		synctest.Wait()
		stream.Send(Event{Kind: Exited})
		stream.Close()
		s.want(t, "-events: nobody has read the last events")
		close(to.hang)
	})
}

func TestStreamThatNobodyOpens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s said
		come := make(chan struct{})
		stream := NewLateStream(func() (io.WriteCloser, error) { <-come; return &sink{}, nil }, s.fail)
		stream.Send(Event{Kind: Build})
		before := time.Now()
		stream.Close()
		if d := time.Since(before); d != 0 {
			t.Errorf("closing took %v", d)
		}
		s.want(t)
		close(come)
	})
}

func TestStreamThatBreaks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s said
		to := &sink{err: errors.New("no room")}
		stream := NewStream(to, s.fail)
		for range 3 {
			stream.Send(Event{Kind: Build})
			synctest.Wait()
		}
		stream.Close()
		s.want(t, "-events: no room; there will be no more")
	})
}

func TestStreamThatCannotBeOpened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s said
		stream := NewLateStream(func() (io.WriteCloser, error) { return nil, errors.New("no such luck") }, s.fail)
		synctest.Wait()
		stream.Send(Event{})
		stream.Close()
		s.want(t, "-events: no such luck")
	})
}

// TestSchema holds README.md's table of fields and kinds against the types.
func TestSchema(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(readme), "\n## Events\n")
	if !ok {
		t.Fatal("README.md has no section Events")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var fields, kinds []string // of its tables
	for line := range strings.Lines(section) {
		cell, _, _ := strings.Cut(strings.TrimPrefix(line, "| "), " |")
		name, ok := strings.CutPrefix(cell, "`")
		if !ok || !strings.HasPrefix(line, "| `") {
			continue
		}
		for name := range strings.SplitSeq(strings.ReplaceAll(name, "`", ""), ", ") {
			if kind, ok := strings.CutPrefix(name, "event: "); ok {
				kinds = append(kinds, kind)
			} else {
				fields = append(fields, name)
			}
		}
	}
	var want []string
	names := func(of reflect.Type, prefix string) {
		for f := range of.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			want = append(want, prefix+name)
		}
	}
	names(reflect.TypeFor[Event](), "")
	names(reflect.TypeFor[Error](), "errors.")
	if strings.Join(fields, " ") != strings.Join(want, " ") {
		t.Errorf("the README's fields are\n\t%q\nthe type's\n\t%q", fields, want)
	}
	var wantKinds []string
	for _, k := range Kinds {
		wantKinds = append(wantKinds, string(k))
	}
	if strings.Join(kinds, " ") != strings.Join(wantKinds, " ") {
		t.Errorf("the README's kinds are %q, the type's %q", kinds, wantKinds)
	}
}
