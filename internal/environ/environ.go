// Package environ reads and changes environments: lists of NAME=value, as os.Environ
// returns them.
//
// The invariants: a list that is passed in is never written to, and what Set, Without
// and Add return holds each name that they were given at most once.
//
// A name must not be there twice because readers do not agree which of the two counts.
// getenv of the C library and os.Getenv return the first, bash the last, and os/exec
// keeps the last when it starts a process. gorun starts its processes with syscall.Exec
// and ForkExec, which pass a list as it is, to programs that mostly are written in Go. So
// here the first one counts, and whoever sets a variable uses Set instead of appending.
//
// change.go says how one environment differs from another.
//
// What a file of variables says is dotenv's to read; which variables decide a build is
// startcache's to know.
package environ

import (
	"maps"
	"slices"
	"strings"
)

// Lookup returns the value of a variable, and whether it is set.
func Lookup(env []string, name string) (value string, ok bool) {
	for _, kv := range env {
		if value, ok := valueOf(kv, name); ok {
			return value, true
		}
	}
	return "", false
}

// Get returns the value of a variable, "" if it is not set.
func Get(env []string, name string) string {
	value, _ := Lookup(env, name)
	return value
}

// Getenv returns a function that does for env what os.Getenv does for the process.
func Getenv(env []string) func(name string) string {
	return func(name string) string { return Get(env, name) }
}

// Set returns env with variables, each NAME=value, in the place of what it had of these
// names. A variable that is new stands at the end.
func Set(env []string, variables ...string) []string {
	out := make([]string, 0, len(env)+len(variables))
	placed := make([]bool, len(variables))
	for _, kv := range env {
		i := slices.IndexFunc(variables, func(v string) bool {
			name, _, _ := strings.Cut(v, "=")
			_, same := valueOf(kv, name)
			return same
		})
		switch {
		case i < 0:
			out = append(out, kv)
		case !placed[i]:
			out = append(out, variables[i])
			placed[i] = true
		}
	}
	for i, v := range variables {
		if !placed[i] {
			out = append(out, v)
		}
	}
	return out
}

// Without returns env without variables of these names.
func Without(env []string, names ...string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(kv string) bool {
		return slices.ContainsFunc(names, func(name string) bool {
			_, same := valueOf(kv, name)
			return same
		})
	})
}

// Add returns env with those of the variables that it does not have, sorted, at its end.
// What is set already, to nothing too, stays as it is.
func Add(env []string, variables map[string]string) []string {
	out := slices.Clip(env)
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		if _, set := Lookup(env, name); !set {
			out = append(out, name+"="+variables[name])
		}
	}
	return out
}

// valueOf returns the value of an entry if that sets the variable of this name.
func valueOf(kv, name string) (value string, same bool) {
	n := len(name)
	if len(kv) > n && kv[n] == '=' && sameName(kv[:n], name) {
		return kv[n+1:], true
	}
	return "", false
}
