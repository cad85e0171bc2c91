//go:build unix

package front_test

import (
	"flag"
	"os"
	"testing"
)

var pictureFlag = flag.String("picture", "", "write the README's picture of the overlay to this file")

// The overlay can be read on a narrow screen, and in the dark.
func TestOverlayFits(t *testing.T) {
	if testing.Short() {
		t.Skip("builds, and starts a browser")
	}
	browser := startChromium(t)
	s := startSite(t, nil, "-browser")
	p := browser.open(t, s.url+"/")
	p.await(connected)
	s.edit("main.go", `io.WriteString(w, embedded)`, `io.WriteString(w, embeded)`)
	p.await(overlay + `.includes("undefined: embeded")`)
	const root = `document.querySelector("gorun-overlay").shadowRoot`
	for _, dark := range []bool{false, true} {
		p.picture(360, 640, dark)
		if wide := p.eval(root + `.querySelector(".all").scrollWidth`); wide != 360.0 {
			t.Errorf("it is %v pixels wide, of 360", wide)
		}
		light := p.eval(`getComputedStyle(` + root + `.querySelector(".all")).color`)
		if want := map[bool]string{false: "rgb(28, 30, 33)", true: "rgb(230, 230, 230)"}[dark]; light != want {
			t.Errorf("dark %v: the text is %v, want %v", dark, light, want)
		}
	}
	if *pictureFlag != "" {
		if err := os.WriteFile(*pictureFlag, p.picture(760, 400, false), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// A second port serves the same.
func TestSecondPort(t *testing.T) {
	if testing.Short() {
		t.Skip("builds, and starts a browser")
	}
	browser := startChromium(t)
	address := freeAddress(t)
	s := startSite(t, nil, "-keep=false", "-browser="+address)
	p := browser.open(t, "http://"+address+"/")
	p.await(connected)
	p.await(s.greet("by a second port"))
	s.edit("main.go", `fmt.Fprint(w, r.RemoteAddr)`, `fmt.Fprint(w, r.RemoteAdr)`)
	p.await(overlay + `.includes("r.RemoteAdr undefined")`)
	s.edit("main.go", `fmt.Fprint(w, r.RemoteAdr)`, `fmt.Fprint(w, r.RemoteAddr)`)
	p.await(overlay + ` === ""`)
	crash("http://" + address)
	p.await(overlay + `.includes("the crash's words")`)
	greeted := s.greet("alive")
	p.await(greeted)
}

// A page comes again to a gorun that was started anew, and is loaded again, as it is another
// program's.
func TestGorunStartedAnew(t *testing.T) {
	if testing.Short() {
		t.Skip("builds, and starts a browser")
	}
	browser := startChromium(t)
	s := startSite(t, nil, "-browser")
	p := browser.open(t, s.url+"/")
	p.await(connected)
	p.eval(`window.survives = true`)
	s.stop()
	s.start()
	p.await(`window.survives === undefined && ` + connected)
	p.await(s.greet("anew"))
}
