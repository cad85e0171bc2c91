//go:build unix

package front_test

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	osexec "os/exec"
	"sync"
	"syscall"
	"testing"

	"github.com/gorun-dev/gorun/internal/proctest"
)

// A real browser, headless, spoken to over the DevTools protocol by pipes: descriptor 3 is
// what it reads, 4 what it writes, and a zero byte ends each message.

// A chromium is one running browser.
type chromium struct {
	to *os.File

	mu      sync.Mutex
	last    int
	waiting map[int]chan answer // closed by nobody; one value each
}

type answer struct {
	ID     int             `json:"id"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// startChromium starts a browser, or skips the test where there is none.
func startChromium(t *testing.T) *chromium {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := osexec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		t.Skip("no Chromium here (Debian's package chromium)")
	}
	home, err := os.MkdirTemp("", "chromium-")
	if err != nil {
		t.Fatal(err)
	}
	theirs, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	from, answers, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := osexec.Command(path, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
		"--no-first-run", "--disable-background-networking", "--disable-component-update", "--hide-scrollbars",
		"--remote-debugging-pipe", "--user-data-dir="+home, "about:blank")
	cmd.ExtraFiles = []*os.File{theirs, answers}
	cmd.Env = append(os.Environ(), "HOME="+home)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Skip("Chromium does not start: ", err)
	}
	theirs.Close()
	answers.Close()
	c := &chromium{to: to, waiting: make(map[int]chan answer)}
	go c.read(from)
	t.Cleanup(func() {
		_ = c.call("", "Browser.close", nil, nil)
		to.Close()
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
		from.Close()
		// Its processes may still be about to end, and to write.
		if !proctest.Eventually(func() bool { return os.RemoveAll(home) == nil }, nil) {
			t.Errorf("%s is left over", home)
		}
	})
	if err := c.call("", "Browser.getVersion", nil, nil); err != nil {
		t.Skip("Chromium does not answer: ", err)
	}
	return c
}

func (c *chromium) read(from io.Reader) {
	r := bufio.NewReader(from)
	for {
		b, err := r.ReadBytes(0)
		var a answer
		if err == nil {
			err = json.Unmarshal(b[:len(b)-1], &a)
		}
		c.mu.Lock()
		if err != nil {
			for id, w := range c.waiting {
				w <- answer{ID: id, Error: &struct {
					Message string `json:"message"`
				}{"the browser has ended"}}
				delete(c.waiting, id)
			}
			c.mu.Unlock()
			return
		}
		if w := c.waiting[a.ID]; w != nil {
			w <- a
			delete(c.waiting, a.ID)
		}
		c.mu.Unlock()
	}
}

// call makes one call of the protocol, in a tab if a session is named.
func (c *chromium) call(session, method string, params, result any) error {
	c.mu.Lock()
	c.last++
	id := c.last
	w := make(chan answer, 1)
	c.waiting[id] = w
	message := map[string]any{"id": id, "method": method}
	if params != nil {
		message["params"] = params
	}
	if session != "" {
		message["sessionId"] = session
	}
	b, err := json.Marshal(message)
	if err == nil {
		_, err = c.to.Write(append(b, 0))
	}
	c.mu.Unlock()
	if err != nil {
		return err
	}
	a := <-w
	switch {
	case a.Error != nil:
		return fmt.Errorf("%s: %s", method, a.Error.Message)
	case result != nil:
		return json.Unmarshal(a.Result, result)
	}
	return nil
}

// A tab is a page of the browser's.
type tab struct {
	t       *testing.T
	browser *chromium
	target  string
	session string
}

type object = map[string]any

// open opens a tab.
func (c *chromium) open(t *testing.T, url string) *tab {
	t.Helper()
	var target struct{ TargetID string }
	var attached struct{ SessionID string }
	err := c.call("", "Target.createTarget", object{"url": "about:blank"}, &target)
	if err == nil {
		err = c.call("", "Target.attachToTarget", object{"targetId": target.TargetID, "flatten": true}, &attached)
	}
	if err != nil {
		t.Fatal(err)
	}
	p := &tab{t, c, target.TargetID, attached.SessionID}
	p.call("Page.enable", nil, nil)
	// How many sockets a page opens is known only from its beginning.
	p.call("Page.addScriptToEvaluateOnNewDocument", object{"source": `
		window.sockets = 0, window.heard = 0;
		window.WebSocket = class extends WebSocket {
			constructor(...a) {
				super(...a);
				window.sockets++;
				this.addEventListener("message", () => window.heard++);
			}
		};`}, nil)
	t.Cleanup(func() { _ = c.call("", "Target.closeTarget", object{"targetId": p.target}, nil) })
	p.navigate(url)
	return p
}

func (p *tab) call(method string, params, result any) {
	p.t.Helper()
	if err := p.browser.call(p.session, method, params, result); err != nil {
		p.t.Fatal(err)
	}
}

func (p *tab) navigate(url string) {
	p.t.Helper()
	var r struct{ ErrorText string }
	p.call("Page.navigate", object{"url": url}, &r)
	if r.ErrorText != "" {
		p.t.Fatalf("%s: %s", url, r.ErrorText)
	}
}

// try evaluates an expression, which may be a promise, in the page.
func (p *tab) try(expression string) (value any, err error) {
	var r struct {
		Result           struct{ Value any }
		ExceptionDetails *struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	err = p.browser.call(p.session, "Runtime.evaluate",
		object{"expression": expression, "awaitPromise": true, "returnByValue": true}, &r)
	if err == nil && r.ExceptionDetails != nil {
		err = errors.New(r.ExceptionDetails.Text + " " + r.ExceptionDetails.Exception.Description)
	}
	return r.Result.Value, err
}

func (p *tab) eval(expression string) any {
	p.t.Helper()
	v, err := p.try(expression)
	if err != nil {
		p.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// await waits until an expression is true.
func (p *tab) await(expression string) {
	p.t.Helper()
	var last any
	ok := proctest.Eventually(func() bool {
		v, err := p.try(expression) // fails while a page takes the place of another
		if last = v; err != nil {
			last = err
		}
		return v == true
	}, nil)
	if !ok {
		shown, _ := p.try("document.documentElement.outerHTML")
		p.t.Fatalf("not so: %s (%v); the page is %v", expression, last, shown)
	}
}

// press presses a key.
func (p *tab) press(key string) {
	p.t.Helper()
	for _, kind := range []string{"keyDown", "keyUp"} {
		p.call("Input.dispatchKeyEvent", object{"type": kind, "key": key, "code": key}, nil)
	}
}

// picture makes a picture of the page, of that width and height.
func (p *tab) picture(width, height int, dark bool) []byte {
	p.t.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	p.call("Emulation.setDeviceMetricsOverride",
		object{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}, nil)
	p.call("Emulation.setEmulatedMedia",
		object{"features": []object{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
	var r struct{ Data string }
	p.call("Page.captureScreenshot", object{"format": "png", "optimizeForSpeed": false}, &r)
	b, err := base64.StdEncoding.DecodeString(r.Data)
	if err != nil {
		p.t.Fatal(err)
	}
	return b
}
