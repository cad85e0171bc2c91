package initconfig

var procLine = lazily(`^([A-Za-z0-9_-]+):\s*(.*)$`)

// procfiles reads the file that process runners have for development, or else the one for servers.
func (c *collection) procfiles() {
	for _, name := range []string{"Procfile.dev", "Procfile.development", "Procfile.local"} {
		if c.exists(name) {
			c.procfile(name)
			if c.exists("Procfile") {
				c.tell(place{"Procfile", 1}, "not read: %s is there", name)
			}
			return
		}
	}
	c.procfile("Procfile")
}

func (c *collection) procfile(name string) {
	for at, line := range c.lines(name) {
		m := procLine().FindStringSubmatch(line)
		switch {
		case m == nil:
			c.tell(at, "not of the form NAME: COMMAND: %s", short(line))
			continue
		case m[1] == "release" && name == "Procfile":
			c.tell(at, "release: it is run at a deployment: %s", short(m[2]))
			continue
		}
		p := &program{name: m[1], given: true, from: at, note: m[1]}
		if c.line(m[2], p) {
			if c.exists(".env") {
				c.set(p, "env", list([]string{".env"}), place{".env", 1}, "what runs a Procfile reads it")
			}
			c.add(p)
		}
	}
}
