// Command site is what the tests look at through a browser: pages of every kind that a front
// may come across. It knows nothing of gorun.
package main

import (
	"bufio"
	"compress/gzip"
	"crypto/sha1"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
)

// greeting is what the tests edit.
const greeting = "first"

//go:embed static/embedded.css
var embedded string

// page is a document as most are: it counts how often it was loaded.
func page(head, body string) string {
	return `<!doctype html>
<html><head><title>site</title>` + head + `<script nonce="n0nce" src="/count.js"></script></head>
<body><h1 id="greeting">` + greeting + `</h1>` + body + `</body></html>`
}

func html(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, text)
	}
}

func withPolicy(policy string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		next(w, r)
	}
}

func main() {
	mux := http.NewServeMux()
	handle := mux.HandleFunc
	handle("/", html(page("", `<p style="height: 5000px">long</p>`)))
	handle("/count.js", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		io.WriteString(w, `sessionStorage.loads = Number(sessionStorage.loads || 0) + 1;`)
	})

	handle("/styled", html(page(
		`<link rel="stylesheet" href="/embedded.css"><link rel="stylesheet" href="/static/disk.css">`,
		`<p id="embedded">x</p><p id="disk">y</p>`)))
	handle("/embedded.css", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/css")
		io.WriteString(w, embedded)
	})
	mux.Handle("/static/", http.StripPrefix("/static/", http.FileServer(http.Dir("static"))))

	handle("/template", func(w http.ResponseWriter, r *http.Request) {
		t, err := template.ParseFiles("templates/page.html")
		if err != nil {
			http.Error(w, err.Error(), 500)
			return
		}
		t.Execute(w, greeting)
	})

	handle("GET /form", html(page("", `<form method="post"><button id="send">Send</button></form>`)))
	handle("POST /form", html(page("", `<p id="posted">thanks</p>`)))

	handle("/nonce", withPolicy("default-src 'none'; script-src 'nonce-n0nce'; connect-src 'self'", html(page("", ""))))
	handle("/self", withPolicy("default-src 'self'; require-trusted-types-for 'script'", html(page("", ""))))
	handle("/strict", withPolicy("default-src 'none'; script-src 'nonce-n0nce' 'strict-dynamic'", html(page("", ""))))

	handle("/gzip", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			defer z.Close()
			io.WriteString(z, page("", ""))
			return
		}
		io.WriteString(w, page("", ""))
	})
	handle("/gzip-always", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		defer z.Close()
		io.WriteString(z, page("", ""))
	})

	release := make(chan bool)
	handle("/stream", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, `<!doctype html><html><head><title>stream</title></head><body><p id="one">one</p>`)
		w.(http.Flusher).Flush()
		<-release
		io.WriteString(w, `<p id="two">two</p></body></html>`)
	})
	handle("/release", func(w http.ResponseWriter, r *http.Request) { release <- true })

	handle("/events-page", html(page("", `<p id="got"></p><script nonce="n0nce">
		new EventSource("/events").onmessage = (e) => { document.getElementById("got").textContent += e.data; };
		</script>`)))
	handle("/events", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := range 3 {
			fmt.Fprintf(w, "data: %d\n\n", i)
			w.(http.Flusher).Flush()
		}
		gone.Add(1)
		defer gone.Done()
		<-r.Context().Done()
	})
	handle("/events-gone", func(w http.ResponseWriter, r *http.Request) { gone.Wait() })

	handle("/socket-page", html(page("", `<p id="got"></p><script nonce="n0nce">
		const s = new WebSocket("ws://" + location.host + "/socket");
		s.onopen = () => s.send("echo me");
		s.onmessage = (e) => { document.getElementById("got").textContent = e.data; };
		</script>`)))
	handle("/socket", echo)

	handle("/fragment", html(`<p>a fragment</p>`))
	handle("/boosted", html(page("", `<p>boosted</p>`)))
	handle("/remote", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.RemoteAddr) })
	handle("/crash", func(w http.ResponseWriter, r *http.Request) { go crash() })
	handle("/panic", func(w http.ResponseWriter, r *http.Request) { panic("the handler's words") })

	l, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.Serve(l, mux))
}

var gone sync.WaitGroup

func crash() { panic("the crash's words") }

// echo is a websocket that sends back one short message.
func echo(w http.ResponseWriter, r *http.Request) {
	sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	conn, both, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Accept: %s\r\n\r\n", base64.StdEncoding.EncodeToString(sum[:]))
	for {
		text, ok := readText(both.Reader)
		if !ok {
			return
		}
		conn.Write(append([]byte{0x81, byte(len(text))}, text...))
	}
}

func readText(r *bufio.Reader) ([]byte, bool) {
	head := make([]byte, 6)
	if _, err := io.ReadFull(r, head); err != nil || head[0] != 0x81 {
		return nil, false
	}
	text := make([]byte, head[1]&0x7f)
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, false
	}
	for i := range text {
		text[i] ^= head[2+i%4]
	}
	return text, true
}
