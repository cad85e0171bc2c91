package environ

import "slices"

// A Change is how one environment differs from another. The zero Change is none.
type Change struct {
	Set   []string // NAME=value
	Unset []string // names
}

// Compare returns what has to be changed of before so that every variable is as in after.
func Compare(before, after []string) Change {
	var c Change
	for _, name := range names(after) {
		value, _ := Lookup(after, name)
		if was, ok := Lookup(before, name); !ok || was != value {
			c.Set = append(c.Set, name+"="+value)
		}
	}
	for _, name := range names(before) {
		if _, ok := Lookup(after, name); !ok {
			c.Unset = append(c.Unset, name)
		}
	}
	return c
}

// Apply returns env with the change.
func (c Change) Apply(env []string) []string { return Set(Without(env, c.Unset...), c.Set...) }

// Without returns the change as far as it is not one of variables of these names.
func (c Change) Without(ignored ...string) Change {
	return Change{Without(c.Set, ignored...), slices.DeleteFunc(slices.Clone(c.Unset), func(name string) bool {
		return slices.ContainsFunc(ignored, func(n string) bool { return sameName(n, name) })
	})}
}

// names returns the names of the variables, each once. An entry without a name (those of
// Windows that begin with "=") is none.
func names(env []string) []string {
	var list []string
	seen := make(map[string]bool, len(env))
	for _, kv := range env {
		for i := 1; i < len(kv); i++ {
			if kv[i] == '=' {
				if name := kv[:i]; !seen[name] {
					seen[name] = true
					list = append(list, name)
				}
				break
			}
		}
	}
	return list
}
