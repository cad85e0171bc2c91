package tell

import (
	"fmt"
	"slices"
	"strings"
)

// A Choice says which gorun is to be asked.
type Choice struct {
	Project string // the directory of its workspace or module
	Target  string // what it runs, as in Who; "" if whatever it runs is right
	Words   string // the same, in the words of the user
}

// A ChoiceError says why no gorun can be asked.
type ChoiceError struct {
	Several bool // more than one fits: the user has to say more
	text    string
}

func (e *ChoiceError) Error() string { return e.text }

// Of returns the one gorun that fits. The error is a *ChoiceError.
func (c Choice) Of(all []Found) (Found, error) {
	var here, fitting, hung []Found
	for _, f := range all {
		inProject := slices.Contains(f.Who.Projects, c.Project)
		if inProject {
			here = append(here, f)
		}
		if c.Target != "" && f.Who.Target == c.Target || c.Target == "" && inProject {
			fitting = append(fitting, f)
		}
		if f.Hung {
			hung = append(hung, f)
		}
	}
	what := "in " + shown(c.Project)
	if c.Target != "" {
		what = "of " + shown(c.Words)
	}
	switch {
	case len(fitting) == 1:
		return fitting[0], nil
	case len(fitting) > 1 && c.Target == "":
		return Found{}, several("several gorun run %s: name the package of one\n%s", what, list(fitting))
	case len(fitting) > 1:
		return Found{}, several("several gorun run %s\n%s", what, list(fitting))
	case len(hung) > 0:
		return Found{}, none("no gorun %s answers, but there is one that does not: pid %d", what, hung[0].Who.Pid)
	case len(here) > 0:
		return Found{}, none("no gorun runs %s, but there is\n%s", what, list(here))
	}
	return Found{}, none("no gorun runs %s", what)
}

func several(format string, args ...any) error {
	return &ChoiceError{true, fmt.Sprintf(format, args...)}
}

func none(format string, args ...any) error { return &ChoiceError{false, fmt.Sprintf(format, args...)} }

// list names each of several gorun in a line.
func list(found []Found) string {
	var lines []string
	for _, f := range found {
		lines = append(lines, fmt.Sprintf("%s in %s (pid %d)", shownAll(f.Who.Package), shown(f.Who.Dir), f.Who.Pid))
	}
	return strings.Join(lines, "\n")
}
