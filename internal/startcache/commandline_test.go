package startcache

import "testing"

// What names another file, another version or another environment must be
// another key.
func TestKey(t *testing.T) {
	base := CommandLine{
		Self: "/bin/gorun", Go: "/go", Dir: "/m", Flags: []string{"-race"}, Patterns: []string{"."},
		Env: []string{"PATH=/bin", "GOFLAGS=", "FOO=1"},
	}
	keys := map[Key]string{base.Key(): "base"}
	for what, edit := range map[string]func(*CommandLine){
		"self":            func(c *CommandLine) { c.Self = "/bin/other" },
		"go":              func(c *CommandLine) { c.Go = "/other" },
		"dir":             func(c *CommandLine) { c.Dir = "/m/" },
		"no flags":        func(c *CommandLine) { c.Flags = nil },
		"flags":           func(c *CommandLine) { c.Flags = []string{"-race", "-tags=x"} },
		"a flag as files": func(c *CommandLine) { c.Flags, c.Patterns = nil, []string{"-race", "."} },
		"patterns":        func(c *CommandLine) { c.Patterns = []string{"./."} },
		"PATH":            func(c *CommandLine) { c.Env = []string{"PATH=/bin:", "GOFLAGS="} },
		"GOFLAGS":         func(c *CommandLine) { c.Env = []string{"PATH=/bin", "GOFLAGS=-x"} },
		"no GOFLAGS":      func(c *CommandLine) { c.Env = []string{"PATH=/bin"} },
		"order":           func(c *CommandLine) { c.Env = []string{"GOFLAGS=", "PATH=/bin"} },
		"CGO_CFLAGS":      func(c *CommandLine) { c.Env = append(c.Env, "CGO_CFLAGS=") },
		"CC":              func(c *CommandLine) { c.Env = append(c.Env, "CC=x") },
		"HOME":            func(c *CommandLine) { c.Env = append(c.Env, "HOME=x") },
		"PKG_CONFIG_PATH": func(c *CommandLine) { c.Env = append(c.Env, "PKG_CONFIG_PATH=x") },
	} {
		c := base
		c.Env = append([]string(nil), base.Env...)
		edit(&c)
		k := c.Key()
		if other, ok := keys[k]; ok {
			t.Errorf("%s: the key of %s", what, other)
		}
		keys[k] = what
	}
	for _, kv := range []string{
		"FOO=2", "GOFILE=x.go", "GOLINE=3", "GOPACKAGE=x", "GORUNDEBUG=plan", "SHLVL=2", "_=x", "OLDPWD=x",
	} {
		c := base
		c.Env = []string{"PATH=/bin", "GOFLAGS=", kv}
		if c.Key() != base.Key() {
			t.Errorf("%s has another key, though no build reads it", kv)
		}
	}
}
