//go:build linux && (amd64 || arm64)

package front_test

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	osexec "os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var costsFlag = flag.Duration("costs", 0, "how long to measure what a front costs, for each kind of request")

// What a front costs, paired: two programs run, one with a front and one without, and the
// same clients ask the two in turns.
func TestCosts(t *testing.T) {
	if *costsFlag == 0 {
		t.Skip("a measurement: go test ./internal/front -run TestCosts -v -costs 10s, on a quiet machine")
	}
	on, off := newVersions(t, true), newVersions(t, false)
	on.next(false)
	off.next(false)
	for _, c := range []struct {
		name    string
		clients int
		visitor
	}{
		{"no browser, GET, kept connection", 1, visitor{agent: curl, path: "/api"}},
		{"no browser, GET, kept connection", 16, visitor{agent: curl, path: "/api"}},
		{"no browser, POST, kept connection", 1, visitor{agent: curl, path: "/api", post: true}},
		{"no browser, a connection each time", 1, visitor{agent: curl, path: "/api", once: true}},
		{"no browser, a connection each time", 16, visitor{agent: curl, path: "/api", once: true}},
		{"no browser, 1 ms, a connection each time", 1, visitor{agent: curl, path: "/slow", once: true}},
		{"no browser, 1 ms, a connection each time", 16, visitor{agent: curl, path: "/slow", once: true}},
		{"a browser's navigation, kept connection", 1, visitor{agent: firefox, path: "/"}},
		{"a browser's navigation, a connection each time", 1, visitor{agent: firefox, path: "/", once: true}},
		{"a browser's other requests, kept connection", 1, visitor{agent: firefox, path: "/api"}},
	} {
		var took [2][]time.Duration // for a request
		clients := [2]*asking{
			startAsking(t, off.address, c.clients, c.visitor),
			startAsking(t, on.address, c.clients, c.visitor),
		}
		for end := time.Now().Add(*costsFlag); time.Now().Before(end); {
			for i, c := range clients {
				took[i] = append(took[i], c.ask())
			}
		}
		for _, c := range clients {
			c.stop()
		}
		without, with := median(took[0]), median(took[1])
		t.Logf("%-46s %2d %8v without, %8v with: %+v, %+.1f %%", c.name, c.clients, without, with, with-without,
			100*(float64(with)/float64(without)-1))
	}
}

// asking is a process of clients. gorun is another one, as it always is: it must not wait for a
// processor of Go's scheduler until one of the clients sleeps.
type asking struct {
	t    *testing.T
	cmd  *osexec.Cmd
	to   io.WriteCloser
	from *bufio.Reader
}

func startAsking(t *testing.T, address string, clients int, v visitor) *asking {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	words, err := json.Marshal(clientProcess{address, clients, v.agent, v.path, v.post, v.once})
	if err != nil {
		t.Fatal(err)
	}
	cmd := osexec.Command(self, helperName, string(words))
	cmd.Stderr = os.Stderr
	to, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	from, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return &asking{t, cmd, to, bufio.NewReader(from)}
}

// ask has each client make some requests, and returns what one takes.
func (a *asking) ask() time.Duration {
	a.t.Helper()
	if _, err := io.WriteString(a.to, "\n"); err != nil {
		a.t.Fatal(err)
	}
	line, err := a.from.ReadString('\n')
	if err != nil {
		a.t.Fatal(err)
	}
	took, err := time.ParseDuration(strings.TrimSpace(line))
	if err != nil {
		a.t.Fatal(line)
	}
	return took
}

func (a *asking) stop() {
	a.to.Close()
	_ = a.cmd.Wait()
}

// A clientProcess is what such a process is to do.
type clientProcess struct {
	Address     string
	Clients     int
	Agent, Path string
	Post, Once  bool
}

// askForLoad is the process: for each line that it reads it asks, and writes what that took.
func askForLoad(words string) {
	var p clientProcess
	if err := json.Unmarshal([]byte(words), &p); err != nil {
		panic(err)
	}
	ask := visitor{agent: p.Agent, path: p.Path, post: p.Post, once: p.Once}.asker(p.Address)
	const some = 64 // requests in a row
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		begin := time.Now()
		var clients sync.WaitGroup
		for range p.Clients {
			clients.Go(func() {
				for range some {
					if err := ask(); err != nil {
						panic(err)
					}
				}
			})
		}
		clients.Wait()
		fmt.Println(time.Since(begin) / time.Duration(some*p.Clients))
	}
}

// asker returns what makes one request. A connection each time is made by hand, which costs
// the least.
func (v visitor) asker(address string) func() error {
	if !v.once {
		client := v.client()
		client.Transport.(*http.Transport).MaxIdleConnsPerHost = 100
		return func() error {
			if err := v.ask(client, address); err != nil && !strings.Contains(err.Error(), "scripts in a document") {
				return err
			}
			return nil
		}
	}
	request := "GET " + v.path + " HTTP/1.1\r\nHost: " + address + "\r\nUser-Agent: " + v.agent +
		"\r\nAccept: text/html,*/*\r\nConnection: close\r\n\r\n"
	return func() error {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return err
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, request); err != nil {
			return err
		}
		answer, err := io.ReadAll(conn)
		if err == nil && !strings.HasPrefix(string(answer), "HTTP/1.1 200") {
			err = fmt.Errorf("%q", answer)
		}
		return err
	}
}

func median(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)/2].Round(100 * time.Nanosecond)
}
