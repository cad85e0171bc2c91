package cli

import (
	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/internal/front"
)

// serveBrowsers returns what serves browsers, nil without -browser, or where it cannot be:
// then it says why.
func (c *command) serveBrowsers(ports *exec.Ports) (f *front.Front, stop func()) {
	if !c.flags.Browser.On {
		return nil, func() {}
	}
	f, stop, err := c.flags.Browser.Serve(front.Options{Dir: c.dir, Getenv: c.getenv, Fail: c.con.Fail}, ports)
	if err != nil {
		c.con.Fail("%v", err)
	}
	return f, stop
}
