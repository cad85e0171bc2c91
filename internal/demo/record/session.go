package main

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// The session: each step saves a line of greeting.go and waits until the terminal
// shows what follows from it.
var steps = []struct {
	value string         // of the constant, as Go writes it
	line  *regexp.Regexp // that the terminal then shows
	page  string         // that the demo then answers with
}{
	{`"Hello"`, regexp.MustCompile(`swapped in .*\n`), "Hello"},
	{`hello`, regexp.MustCompile(`undefined: hello(.|\n)*gorun:.*\n`), "Hello"},
	{`"Hello, gophers"`, regexp.MustCompile(`swapped in .*\n`), "Hello, gophers"},
}

const (
	// columns of the terminal: what can be read at the width of a telephone.
	columns = 56

	// stepLimit bounds the wait for what follows from a save, on a busy machine
	// with empty caches.
	stepLimit = 2 * time.Minute

	// preparation is how long the demo runs before the first save: gorun needs two
	// seconds of quiet, and then a second or so, before a save can be built directly.
	preparation = 8 * time.Second

	// readingTime is how long the picture stands still before each edit.
	readingTime = 1800 * time.Millisecond

	// typingTime is how long an edited line is to be seen before it is saved.
	typingTime = 700 * time.Millisecond

	// lastWait is how long the picture shows the end.
	lastWait = 4 * time.Second
)

// url is where the demo listens.
const url = "http://127.0.0.1:8420/"

// A recorder writes down what happens.
type recorder struct {
	began time.Time
	file  string // the edited one

	mu       sync.Mutex // for the timeline's chunks, which a goroutine adds
	timeline timeline
}

// recordSession builds gorun from a checkout and records a session in work, an
// empty directory.
func recordSession(ctx context.Context, checkout, work string) (*timeline, error) {
	gorun := filepath.Join(work, "gorun")
	build := exec.CommandContext(ctx, "go", "build", "-o", gorun, ".")
	build.Dir, build.Stderr = checkout, os.Stderr
	if err := build.Run(); err != nil {
		return nil, fmt.Errorf("building gorun: %w", err)
	}
	demo := filepath.Join(work, "demo")
	if err := copyDemo(demo, filepath.Join(checkout, "internal", "demo")); err != nil {
		return nil, err
	}
	if _, err := heading(); err == nil {
		return nil, fmt.Errorf("something answers at %s already", url)
	}
	r := &recorder{file: filepath.Join(demo, "greeting.go")}
	cmd := exec.CommandContext(ctx, gorun, ".")
	cmd.Dir = demo
	cmd.Env = environment(work)
	r.began = time.Now()
	terminal, err := startOnTerminal(cmd, columns, 24)
	if err != nil {
		return nil, err
	}
	defer terminal.Close()
	closed := make(chan struct{}) // closed by read
	go r.read(terminal, closed)
	err = r.play(ctx)
	if _, werr := io.WriteString(terminal, "\x03"); err == nil { // ^C
		err = werr
	}
	if werr := cmd.Wait(); err == nil && werr != nil && !isExit(werr) {
		err = werr
	}
	<-closed
	if err != nil {
		return nil, fmt.Errorf("%w\nthe terminal showed:\n%s", err, r.printed(0))
	}
	r.timeline.chunks = slices.DeleteFunc(r.timeline.chunks, func(c chunk) bool { return c.at > r.timeline.end })
	r.timeline.limitWaits(readingTime)
	r.timeline.end += lastWait
	return &r.timeline, nil
}

// isExit says that a command ran to its end, whatever its status.
func isExit(err error) bool {
	var exit *exec.ExitError
	return errors.As(err, &exit)
}

// play makes the steps.
func (r *recorder) play(ctx context.Context) error {
	first, err := constant(r.file)
	if err != nil {
		return err
	}
	r.timeline.edits = append(r.timeline.edits, edit{line: first})
	if err := r.await(ctx, 0, regexp.MustCompile(`demo: .*http.*\n`)); err != nil {
		return err
	}
	if err := r.awaitPage(ctx, strings.Trim(first[strings.Index(first, `"`):], `"`)); err != nil {
		return err
	}
	if err := pause(ctx, preparation); err != nil {
		return err
	}
	for _, step := range steps {
		before := r.count()
		e := edit{typed: r.now(), line: "const greeting = " + step.value}
		if err := pause(ctx, typingTime); err != nil {
			return err
		}
		e.saved = r.now()
		if err := r.save(e.line); err != nil {
			return err
		}
		r.timeline.edits = append(r.timeline.edits, e)
		if err := r.await(ctx, before, step.line); err != nil {
			return err
		}
		if err := r.awaitPage(ctx, step.page); err != nil {
			return err
		}
		if err := pause(ctx, readingTime); err != nil { // and what else the program prints
			return err
		}
	}
	r.timeline.end = r.now()
	return nil
}

// constant returns the line of a file that declares the greeting.
func constant(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "const greeting = ") {
			return strings.TrimSpace(line), nil
		}
	}
	return "", fmt.Errorf("%s has no greeting", file)
}

// save replaces that line.
func (r *recorder) save(line string) error {
	old, err := constant(r.file)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(r.file)
	if err != nil {
		return err
	}
	return os.WriteFile(r.file, []byte(strings.Replace(string(text), old, line, 1)), 0o666)
}

func (r *recorder) now() time.Duration { return time.Since(r.began) }

// read adds what is written to the terminal, until nobody has it open.
func (r *recorder) read(terminal io.Reader, closed chan<- struct{}) {
	defer close(closed)
	buf := make([]byte, 4096)
	for {
		n, err := terminal.Read(buf)
		if n > 0 {
			r.mu.Lock()
			r.timeline.chunks = append(r.timeline.chunks, chunk{r.now(), string(buf[:n])})
			r.mu.Unlock()
		}
		if err != nil {
			return
		}
	}
}

// count is how many chunks there are.
func (r *recorder) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.timeline.chunks)
}

// printed is what was written to the terminal, without the first chunks.
func (r *recorder) printed(without int) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	for _, c := range r.timeline.chunks[without:] {
		b.WriteString(strings.ReplaceAll(c.text, "\r\n", "\n"))
	}
	return b.String()
}

// await waits until what was written after some chunks has a match.
func (r *recorder) await(ctx context.Context, after int, want *regexp.Regexp) error {
	return poll(ctx, fmt.Sprintf("the terminal never showed %q", want), func() bool {
		return want.MatchString(r.printed(after))
	})
}

// awaitPage waits until the demo answers with a heading, and writes down when.
func (r *recorder) awaitPage(ctx context.Context, want string) error {
	return poll(ctx, fmt.Sprintf("the page never said %q", want), func() bool {
		if got, err := heading(); err != nil || got != want {
			return false
		}
		if n := len(r.timeline.pages); n == 0 || r.timeline.pages[n-1].heading != want {
			r.timeline.pages = append(r.timeline.pages, page{r.now(), want})
		}
		return true
	})
}

func poll(ctx context.Context, complaint string, done func() bool) error {
	for end := time.Now().Add(stepLimit); !done(); {
		if time.Now().After(end) {
			return errors.New(complaint)
		}
		if err := pause(ctx, 5*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

var headingTag = regexp.MustCompile(`<h1>(.*)</h1>`)

// heading asks the demo for its page, with a connection of its own.
func heading() (string, error) {
	web := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	res, err := web.Get(url)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return "", err
	}
	m := headingTag.FindSubmatch(body)
	if m == nil {
		return "", fmt.Errorf("%s has no heading: %s", url, body)
	}
	return html.UnescapeString(string(m[1])), nil
}

// copyDemo copies the demo without its tests and this command, as a module of its
// own, so that paths on the terminal are short.
func copyDemo(to, from string) error {
	err := filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		switch {
		case d.IsDir() && rel == "record":
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, rel), 0o777)
		case strings.HasSuffix(rel, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), text, 0o666)
	})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(to, "go.mod"), []byte("module demo\n\ngo 1.26\n"), 0o666)
}

// environment is the user's, without what would make gorun another one.
func environment(work string) []string {
	env := slices.DeleteFunc(os.Environ(), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return slices.Contains([]string{"CI", "NO_COLOR", "TERM", "PWD", "GOFLAGS", "GOWORK"}, name) ||
			strings.HasPrefix(name, "GORUN")
	})
	return append(env, "TERM=xterm-256color", "GOFLAGS=", "GOWORK=off", "GORUNCACHE="+filepath.Join(work, "cache"))
}
