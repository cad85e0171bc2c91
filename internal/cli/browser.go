package cli

import (
	"errors"

	"github.com/gorun-dev/gorun/exec"
	"github.com/gorun-dev/gorun/internal/front"
)

// serveBrowsers returns what serves browsers, nil without -browser, or where it cannot be:
// then it says why.
func (c *command) serveBrowsers(ports *exec.Ports) (f *front.Front, stop func()) {
	flag := c.flags.Browser
	if !flag.On {
		return nil, func() {}
	}
	f = front.New(front.Options{Dir: c.dir, Getenv: c.getenv, Fail: c.con.Fail})
	if flag.Address != "" {
		stop, err := f.ListenAndServe(flag.Address, flag.Program)
		if err != nil {
			c.con.Fail("-browser=%s: %v", flag.String(), err)
			return nil, f.Close
		}
		return f, func() {
			stop()
			f.Close()
		}
	}
	err := errors.New("the program's ports are not kept")
	if ports != nil {
		err = ports.ServeBrowsers(f)
	}
	if err != nil {
		c.con.Fail("-browser: %v; -browser=:3000 serves browsers on a port of its own", err)
		return nil, f.Close
	}
	return f, f.Close
}
