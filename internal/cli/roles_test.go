package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/gorun-dev/gorun/internal/self"
)

// TestRoles: the table says of each role how it is started, and no command line is that
// of two roles.
func TestRoles(t *testing.T) {
	t.Setenv(self.RoleVariable, "any")
	var names []string
	for _, r := range roles {
		if slices.Contains(names, r.Name) {
			t.Errorf("%s is there twice", r.Name)
		}
		names = append(names, r.Name)
		if r.startedBy == "" || r.does == "" {
			t.Errorf("%s: nothing says who starts it, or what it does", r.Name)
		}
		_, rest, ok := strings.Cut(r.process, " ")
		if !ok {
			t.Errorf("%s: the command line is %q", r.Name, r.process)
			continue
		}
		if r.Applies != nil {
			continue // no argument tells of it
		}
		if !strings.HasPrefix(rest, r.Argument) {
			t.Errorf("%s: the command line is %q, without the argument %q", r.Name, r.process, r.Argument)
			continue
		}
		argument, _, _ := strings.Cut(rest, " ")
		if strings.HasPrefix(rest, "(") {
			argument = rest[:strings.Index(rest, ")")+1]
		}
		for _, other := range roles {
			played := other.Role
			if played.Applies != nil {
				continue
			}
			played.Play = func([]string) int { return 0 } // of another system's role, too
			if _, ok := self.Play([]string{"gorun", argument}, played); ok != (other.Name == r.Name) {
				t.Errorf("%q is the role %s: %v", argument, other.Name, ok)
			}
		}
	}
}
