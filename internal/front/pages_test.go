//go:build unix

package front_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// overlay is the text of what is shown over a page, "" if nothing is.
const overlay = `(document.querySelector("gorun-overlay")?.shadowRoot.textContent || "")`

// connected is true when the page hears of what happens.
const connected = `window.heard > 0 && document.readyState === "complete"`

// Everything that a page sees of gorun, in a real browser.
func TestPages(t *testing.T) {
	if testing.Short() {
		t.Skip("builds, and starts a browser")
	}
	browser := startChromium(t)
	opened := filepath.Join(t.TempDir(), "opened")
	editor := filepath.Join(t.TempDir(), "editor")
	if err := os.WriteFile(editor, []byte("#!/bin/sh\necho \"$@\" >"+opened+"\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	env := []string{"GORUN_EDITOR=" + editor + " {file} {line} {column}"}
	s := startSite(t, env, "-browser", "-include=templates/*.html")
	open := func(t *testing.T, path string) *tab {
		p := browser.open(t, s.url+path)
		p.await(connected)
		return p
	}

	// A save of Go loads every tab again, once, at the place where it was.
	t.Run("reload", func(t *testing.T) {
		tabs := []*tab{open(t, "/"), open(t, "/"), open(t, "/?other")}
		for _, p := range tabs {
			p.eval(`window.survives = true; scrollTo(0, 1234); scrollY`)
		}
		greeted := s.greet("second")
		for _, p := range tabs {
			p.await(greeted)
			p.await(`window.survives === undefined && scrollY === 1234`)
		}
		greeted = s.greet("third")
		for _, p := range tabs {
			p.await(greeted)
			if loads := p.eval(`sessionStorage.loads`); loads != "3" {
				t.Errorf("the page was loaded %v times, want 3", loads)
			}
		}
	})

	// A style sheet takes the place of the one before, in the page as it is.
	t.Run("sheets", func(t *testing.T) {
		p := open(t, "/styled")
		p.eval(`window.survives = true`)
		color := func(id, is string) {
			p.await(`getComputedStyle(document.getElementById("` + id + `")).color === "rgb(` + is + `)"`)
		}
		color("embedded", "1, 1, 1")
		color("disk", "1, 1, 1")
		s.edit("static/embedded.css", "1, 1, 1", "2, 2, 2")
		color("embedded", "2, 2, 2")
		s.edit("static/disk.css", "1, 1, 1", "33, 33, 33")
		color("disk", "33, 33, 33")
		s.edit("static/embedded.css", "2, 2, 2", "4, 4, 4")
		color("embedded", "4, 4, 4")
		p.await(`document.querySelectorAll('link[rel="stylesheet"]').length === 2`)
		if p.eval(`window.survives`) != true {
			t.Error("the page was loaded again")
		}
		p.await(s.greet("after sheets"))
	})

	// What is wrong with a build shows on every tab, until it is right.
	t.Run("overlay", func(t *testing.T) {
		a, b := open(t, "/"), open(t, "/styled")
		a.eval(`window.survives = true`)
		s.edit("main.go", "func crash() {", "func crash() { <undefined>")
		for _, p := range []*tab{a, b} {
			p.await(overlay + `.includes("main.go:")`)
			p.await(overlay + `.includes("func crash() { <undefined>")`) // the source, not markup
		}
		if a.eval(`window.survives`) != true {
			t.Error("the page was loaded again")
		}
		a.eval(`document.querySelector("gorun-overlay").shadowRoot.querySelector("button.place").click()`)
		s.await("the editor", func() bool {
			said, _ := os.ReadFile(opened)
			return strings.HasPrefix(string(said), filepath.Join(s.dir, "main.go")+" ")
		})
		a.press("Escape")
		a.await(overlay + ` === ""`)
		s.edit("main.go", "func crash() { <undefined>", "func crash() { undefined();")
		a.await(overlay + `.includes("undefined: undefined")`)
		s.edit("main.go", "func crash() { undefined();", "func crash() {")
		for _, p := range []*tab{a, b} {
			p.await(overlay + ` === ""`)
		}
		if a.eval(`window.survives`) != true {
			t.Error("the page was loaded again, though the program is the same")
		}
	})

	t.Run("form", func(t *testing.T) {
		p := open(t, "/form")
		p.eval(`document.getElementById("send").click()`)
		p.await(`!!document.getElementById("posted") && ` + connected)
		s.greet("after a form")
		p.await(`!!document.querySelector("gorun-note")`)
		if loads := p.eval(`sessionStorage.loads`); loads != "2" {
			t.Errorf("the page was loaded %v times, want 2", loads)
		}
	})

	t.Run("policies", func(t *testing.T) {
		tabs := []*tab{open(t, "/nonce"), open(t, "/self"), open(t, "/strict")}
		greeted := s.greet("by policy")
		for _, p := range tabs {
			p.await(greeted)
			p.await(connected)
		}
		s.edit("main.go", "func crash() {", "func crash() { undefined();")
		for _, p := range tabs {
			p.await(overlay + `.includes("undefined: undefined")`)
			p.await(`getComputedStyle(document.querySelector("gorun-overlay").shadowRoot
				.querySelector(".all")).position === "fixed"`)
		}
		s.edit("main.go", "func crash() { undefined();", "func crash() {")
		for _, p := range tabs {
			p.await(overlay + ` === ""`)
		}
	})

	t.Run("compressed", func(t *testing.T) {
		p := open(t, "/gzip")
		q := browser.open(t, s.url+"/gzip-always")
		q.await(`document.getElementById("greeting") !== null`)
		p.await(s.greet("compressed"))
	})

	t.Run("streaming", func(t *testing.T) {
		p := browser.open(t, s.url+"/stream")
		p.await(`!!document.getElementById("one") && document.readyState === "loading"`)
		if p.eval(`document.getElementById("two") === null`) != true {
			t.Error("the end is there before it was sent")
		}
		q := browser.open(t, s.url+"/release")
		p.await(`!!document.getElementById("two")`)
		q.navigate("about:blank")
		p.await(`!!document.querySelector("script[data-gorun]")`)
	})

	t.Run("events", func(t *testing.T) {
		p := open(t, "/events-page")
		p.await(`document.getElementById("got").textContent === "012"`)
		p.call("Page.close", nil, nil)
		q := browser.open(t, s.url+"/events-gone") // the program has heard that the page is gone
		q.await(`document.readyState === "complete"`)
	})

	t.Run("websocket", func(t *testing.T) {
		p := open(t, "/socket-page")
		p.await(`document.getElementById("got").textContent === "echo me"`)
		p.await(s.greet("socket"))
		p.await(`document.getElementById("got").textContent === "echo me"`)
	})

	// What a library fetches, fragments and documents, is as the program sends it, and opens
	// no socket.
	t.Run("fragments", func(t *testing.T) {
		p := open(t, "/")
		fetched := func(path, headers string) any {
			return p.eval(`fetch("` + path + `", { headers: ` + headers + ` }).then((r) => r.text())`)
		}
		if got := fetched("/fragment", `{ "HX-Request": "true" }`); got != "<p>a fragment</p>" {
			t.Errorf("the fragment is %q", got)
		}
		for _, headers := range []string{
			`{ "HX-Request": "true", "HX-Boosted": "true" }`,
			`{ Accept: "text/html, application/xhtml+xml", "Turbo-Frame": "x" }`,
		} {
			got := fetched("/boosted", headers).(string)
			if strings.Contains(got, "gorun") || !strings.Contains(got, "<p>boosted</p>") {
				t.Errorf("the document is %q", got)
			}
		}
		p.eval(`fetch("/boosted").then((r) => r.text()).then((text) => {
			const next = new DOMParser().parseFromString(text, "text/html");
			document.body.replaceWith(next.body);
			history.pushState({}, "", "/boosted");
		})`)
		if n := p.eval(`window.sockets`); n != 1.0 {
			t.Errorf("%v sockets", n)
		}
		p.await(s.greet("boosted"))
	})

	t.Run("template", func(t *testing.T) {
		p := open(t, "/template")
		s.edit("templates/page.html", "template one", "template two")
		p.await(`document.getElementById("words").textContent === "template two"`)
	})

	t.Run("many tabs", func(t *testing.T) {
		var tabs []*tab
		for range 9 { // a browser makes six connections to a host
			tabs = append(tabs, open(t, "/"))
		}
		greeted := s.greet("many")
		for _, p := range tabs {
			p.await(greeted)
		}
	})

	t.Run("handler panics", func(t *testing.T) {
		p := browser.open(t, s.url+"/panic")
		p.await(overlay + `.includes("the handler's words")`)
		p.await(overlay + `.includes("main.go:")`)
	})

	// A program that has crashed shows why, on tabs that are open and on those that are opened.
	t.Run("crash", func(t *testing.T) {
		p := open(t, "/")
		crash(s.url)
		p.await(overlay + `.includes("the crash's words")`)
		p.await(overlay + `.includes("func crash() { panic(")`)
		q := browser.open(t, s.url+"/?while down")
		q.await(overlay + `.includes("the crash's words")`)
		q.await(`performance.getEntriesByType("navigation")[0].responseStatus === 503`)
		greeted := s.greet("alive again")
		p.await(greeted)
		q.await(greeted)
		p.await(overlay + ` === ""`)
	})
}
